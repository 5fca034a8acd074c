"""Writes chat-templates.json: chat templates, conversations, and what transformers makes of them.

The templates are written for this test in the style of each family; no chance is involved, and the
clock stands still. Mappings are written as lists of pairs, so that the order of their keys is kept.
A text is null where the template raises an error. Needs transformers 5.23.0 and Jinja2 3.1.6.
"""

import datetime
import json
from pathlib import Path

import jinja2
import transformers
from transformers.utils import chat_template_utils

VERSIONS = {"transformers": "5.23.0", "jinja2": "3.1.6"}
for module in (transformers, jinja2):
    wanted = VERSIONS[module.__name__]
    assert module.__version__ == wanted, f"{module.__name__} {wanted} is needed"

NOW = datetime.datetime(2025, 3, 9, 7, 5, 8)


class StoppedClock(datetime.datetime):
    """A datetime whose now() is always the same."""

    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = StoppedClock

CHATML = """\
{%- if messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou answer questions.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == "user" or (message.role == "system" and not loop.first) or message.role == "assistant" %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

ONE_LINE = (
    "{% for m in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<s>system\nBe brief.</s>\n' }}{% endif %}{{'<s>' + m['role'] + '\n' + m['content'] + '</s>'"
    " + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<s>assistant\n' }}{% endif %}"
)

# Lines without minus signs: trim_blocks and lstrip_blocks decide.
LINES = """\
{{ bos_token }}
{% for message in messages %}
    {% if message.role == 'system' %}
  System: {{ message.content | trim }}
    {% elif message.role == 'user' %}
User: {{ message.content }}
    {% else %}
        {% generation %}
Assistant: {{ message.content }}{{ eos_token }}
        {% endgeneration %}
    {% endif %}
    {# a comment on a line of its own #}
{% endfor %}

{% if add_generation_prompt %}
Assistant:{% endif %}
"""

HEADERS = """\
{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message comes first, so that it can hold the day. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{{- "<|header|>system<|end_header|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Tools: allowed\\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot|>" }}
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("There is no user message to put the tools into.") }}
    {%- endif %}
    {{- '<|header|>user<|end_header|>\\n\\n' -}}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|header|>' + message['role'] + '<|end_header|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("One call at once.") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}<|eot|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable and message.content is not string %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|header|>assistant<|end_header|>\\n\\n' }}
{%- endif %}
"""

INSTRUCTIONS = """\
{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("Roles must alternate user/assistant/user/assistant/...") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
{%- endfor %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, but not " + message.role) }}
    {%- endif %}
{%- endfor %}
{{- "" if not user_messages else " (" ~ user_messages|length ~ ")" }}
"""

THINKING = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""

MACROS = """\
{%- macro type_name(schema, depth=0) -%}
    {%- if schema.type == "array" -%}
        {{- type_name(schema["items"], depth + 1) ~ "[]" -}}
    {%- elif schema.type is iterable and schema.type is not string -%}
        {{- schema.type | join(" | ") -}}
    {%- elif schema.properties is defined -%}
        {
        {%- for name, inner in schema.properties.items() -%}
            {{- " " ~ name ~ ("?" if name not in (schema.required or []) else "") ~ ": " -}}
            {{- type_name(inner, depth=depth + 1) -}}
            {{- "," if not loop.last -}}
        {%- endfor %} }
    {%- else -%}
        {{- {"string": "text", "integer": "whole"}.get(schema.type, schema.type or "any") -}}
    {%- endif -%}
{%- endmacro -%}
{%- macro turn(message) -%}
    <{{ message.role | upper }}>{{ caller_name | default("nobody", true) }}: {{ message.content | replace("<", "&lt;") }}
{%- endmacro -%}
{%- for tool in tools or [] %}
{{ tool.function.name }}: {{ type_name(tool.function.parameters) }}
{% endfor -%}
{%- for message in messages %}
    {%- if message.role == "system" %}{% continue %}{% endif %}
    {%- if message.content == "stop" %}{% break %}{% endif %}
    {{- turn(message) + "\\n" }}
{%- else %}
nobody spoke
{%- endfor %}
"""

TEMPLATES = {
    "ChatML": CHATML, "one line": ONE_LINE, "lines": LINES, "headers": HEADERS,
    "instructions": INSTRUCTIONS, "thinking": THINKING, "macros": MACROS,
}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "description": "Looks a word up: \"exactly\" – even <b>é</b> & 漢\u200d.\n",
            "parameters": {
                "type": "object",
                "properties": {
                    "word": {"type": "string"},
                    "limit": {"type": ["integer", "null"], "default": 3.5, "minimum": -1e16},
                    "tags": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
                },
                "required": ["word"], "strict": True, "more": None, "nothing": [], "empty": {},
            },
        },
    },
    {"type": "function", "function": {"name": "stop", "parameters": {}}},
]

ODD = "  {{ braces }} {% if %} 'single' \"double\" \\ back\n\n🧑‍🚀 é e\u0301 \u200b<|im_end|>\t</s>[/INST]\r\n "

CONVERSATIONS = [
    [message("user", "What is the capital of France?")],
    [message("system", "Be kind."), message("user", "Hi")],
    [message("user", "Hi"), message("assistant", "Hello!"), message("user", "Bye")],
    [message("system", " Spaces. \n"), message("user", ODD), message("assistant", ODD), message("user", "")],
    [message("user", "")],
    [message("system", "")],
    [message("assistant", "first")],
    [message("user", "a"), message("user", "b")],
    [message("user", "a"), message("system", "late"), message("assistant", "<think>\nhm\n</think>\n\nyes")],
    [message("user", "stop"), message("assistant", "never said")],
    [message("user", "2+2?"), message("assistant", "4", reasoning_content="\nsum\n")],
    [
        message("user", "look"),
        message("assistant", "", tool_calls=[{"type": "function", "function": {
            "name": "look_up", "arguments": {"word": "ö\"", "limit": 2}}}]),
        message("tool", "found"), message("tool", ["a", {"b": 1}]), message("user", "so?"),
    ],
    [message("user", "x"), message("assistant", None), message("robot", "beep")],
    [],
]

VALUES = [
    {"add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>", "tools": None, "documents": None},
    {"add_generation_prompt": False, "bos_token": "<|b|>", "eos_token": "<|e|>", "tools": None,
     "documents": None, "date_string": "1 May 1990", "caller_name": "Ann", "enable_thinking": True},
    {"add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>", "tools": TOOLS,
     "documents": None, "enable_thinking": False},
    {"add_generation_prompt": True, "bos_token": "", "tools": TOOLS[1:], "documents": None,
     "tools_in_user_message": False, "caller_name": ""},
]

# Small templates, all with the same values.
SNIPPET_VALUES = {
    "x": "a-b", "n": 3, "f": 0.5, "yes": True, "nothing": None, "words": ["b", "A", "c", "a"],
    "people": [{"name": "Ann", "age": 31}, {"name": "bob", "age": 7}, {"name": "Cy"}],
    "schema": {"zeta": 1, "items": {"type": "string"}, "Alpha": [1, 2.0, None, True, "é\u2028\x7f\x01"]},
    "text": "one\ntwo\r\n\nthree \u2028four\n",
}

SNIPPETS = [
    # Whitespace.
    "a\n  {% if yes %}\nb\n  {% endif %}\nc\n", "a\n  {%+ if yes %}\nb\n{% endif +%}\nc",
    "a {% if yes %} b {% endif %} c", "  {% if yes %}x{% endif %}  \n  {{ x }}\n  {# note #}\n  y\n",
    "{# note #}\n\nx", "{{ x }}\n\n{{ n }}\n", "\n\n{% if yes %}\n\nx{% endif %}", "  {%- if yes -%}  x  {%- endif -%}  ",
    "a{% if yes -%}\n\n b{%- endif %}\n\nc", "\t {% set y = 1 %}\t\n {{ y }}", "a\n{#- note -#}\n b", "a\n {#+ note +#}\n b",
    "{% if yes %}\r\nx\r\n{% endif %}\r\n", "x {% for w in words %}\n  {{ w }}\n  {% endfor %}\ny", "{% if yes %}  {% if yes %}\nx{% endif %}{% endif %}",
    "{{ x -}}\n  {% if yes %}y{% endif %}", "a\u00a0\n\u00a0{% if yes %}b{% endif %}", "{%- set a -%}\n x \n{%- endset -%}[{{ a }}]",
    # Namespaces and macros.
    "{% set ns = namespace(a=1, b='x') %}{% for w in words %}{% set ns.a = ns.a + 1 %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}",
    "{% set ns = namespace(list=[]) %}{% for w in words %}{% set ns.list = ns.list + [w] %}{% endfor %}{{ ns.list }}",
    "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a + ns.b }}", "{% set x.y = 1 %}", "{% set unknown.y = 1 %}",
    "{% set ns = namespace() %}{% if ns %}yes{% endif %}{{ ns.x is undefined }}", "{% set v = 1 %}{% for w in words %}{% set v = v + 1 %}{% endfor %}{{ v }}",
    "{% macro f(a, b='z', c=a) %}[{{ a }}|{{ b }}|{{ c }}]{% endmacro %}{{ f(1) }}{{ f(1, 2) }}{{ f(b=5, a=4) }}{{ f() }}",
    "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(q=2) }}",
    "{% macro f(k) %}{% if k > 0 %}{{ k }}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{% macro g() %}{{ h() }}{% endmacro %}{% macro h() %}{{ x }}{% endmacro %}{{ g() }}", "{{ f() }}{% macro f() %}{% endmacro %}",
    "{% set q = 1 %}{% macro f() %}{{ q }}{% endmacro %}{% set q = 2 %}{{ f() }}", "{% macro f() %}{{ w }}{% endmacro %}{% for w in words %}{{ f() }}{% endfor %}",
    "{% set ns = namespace(k=0) %}{% macro f() %}{% set ns.k = ns.k + 1 %}{% endmacro %}{{ f() }}{{ f() }}{{ ns.k }}",
    "{% macro f(a) %}{% set a = a ~ '!' %}{{ a }}{% endmacro %}{{ f('x') | upper }}{{ f is defined }}{{ a is defined }}",
    # Loop controls.
    "{% for w in words %}{% if w == 'A' %}{% continue %}{% endif %}{{ w }}{% endfor %}", "{% for w in words %}{% if w == 'c' %}{% break %}{% endif %}{{ w }}{% endfor %}!",
    "{% for w in words %}{% for v in words %}{% if v == w %}{% break %}{% endif %}{{ v }}{% endfor %}|{% endfor %}", "{% for w in words %}{% break %}{% else %}x{% endfor %}",
    "{% for w in [] %}{% else %}x{% endfor %}", "{% for p in people if p.age is defined %}{{ loop.index }}{{ p.name }}{{ loop.previtem.name if loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}",
    "{% for k, v in schema.items() %}{{ loop.index0 }}{{ k }}{% if not loop.last %},{% endif %}{% endfor %}", "{% for k in schema %}{{ k }} {% endfor %}",
    # tojson.
    "{{ schema | tojson }}", "{{ schema | tojson(indent=2) }}", "{{ schema | tojson(ensure_ascii=True) }}", "{{ schema | tojson(separators=(',', ':')) }}",
    "{{ schema | tojson(sort_keys=true) }}", "{{ schema | tojson(indent=2, separators=(', ', '=')) }}", "{{ [[], {}, (1, 2), -0.0, 1e-7, 1e22] | tojson }}", "{{ [[], {}] | tojson(indent=1) }}",
    "{{ {1: 'a', none: 2, true: 3, 1.5: 4} | tojson }}", "{{ unknown | tojson }}", "{{ '<>&\\'\"/\\\\' | tojson }}", "{{ x | tojson | upper }}", "{{ range(3) | tojson }}",
    # Functions.
    "{{ strftime_now('%Y-%m-%d %H:%M:%S') }}", "{{ strftime_now('%d %b %Y, %A %a %B %j %y %I%p %-d/%-m %%') }}", "{{ strftime_now is defined }}{{ raise_exception is defined }}{{ namespace is defined }}",
    "{{ raise_exception('no') }}", "{{ dict(a=1, b='x') }}", "{{ dict({'a': 1}, b=2).b }}", "{{ range(3) | list }}", "{% for i in range(2, 8, 3) %}{{ i }}{% endfor %}",
    # Attributes and methods.
    "{{ schema['items'].type }}", "{{ schema.items.type is defined }}", "{{ schema.get('zeta') }}{{ schema.get('q') }}{{ schema.get('q', 5) }}", "{{ schema.title is defined }}{{ x.zeta is defined }}",
    "{{ nothing.x is defined }}", "{{ people[0].name }}{{ people[-1]['name'] }}{{ people[9] is defined }}", "{{ words.append('x') }}", "{{ x.startswith(('b', 'a')) }}{{ x.endswith('b') }}{{ x.endswith(()) }}",
    "{{ 'a-b-c'.rsplit('-', 1) }}{{ 'a-b-c'.split('-', 1) }}{{ ' a  b c '.rsplit(none, 1) }}", "{{ text.splitlines() }}", "{{ 'abcabc'.rfind('bc') }}{{ 'abcabc'.find('bc') }}{{ 'x'.rfind('é') }}",
    "{{ x.removeprefix('a-') }}{{ x.removesuffix('-b') }}{{ x.removeprefix('b') }}", "{{ '12'.isdigit() }}{{ '1a'.isdigit() }}{{ ''.isdigit() }}{{ '٣²'.isdigit() }}", "{{ 'é漢é'.rfind('é') }}{{ 'é漢é'.index('漢') }}",
    # Filters.
    "{{ words | sort }}{{ words | sort(reverse=true) }}{{ words | sort(case_sensitive=true) }}", "{{ people | selectattr('age') | map(attribute='name') | list }}", "{{ people | rejectattr('age', 'defined') | map(attribute='name') | join(',') }}",
    "{{ people | selectattr('age', '>', 10) | list | length }}", "{{ people | selectattr('name', 'equalto', 'bob') | first }}", "{{ people | map(attribute='age', default=0) | sum }}", "{{ people | sum(attribute='age') }}",
    "{{ [3, 1, 2] | sum }}{{ [3, 1, 2] | max }}{{ [3, 1, 2] | min }}{{ [] | max is defined }}{{ words | max }}", "{{ words | unique | list }}", "{{ words | reverse | join }}{{ x | reverse }}", "{{ {'b': 1, 'a': 2} | dictsort }}{{ {'b': 1, 'a': 2} | dictsort(by='value') }}",
    "{% for k, v in {'b': 1, 'a': 2} | items %}{{ k }}{{ v }}{% endfor %}", "{{ unknown | items | list }}", "{{ n | items | list }}", "{{ text | indent }}|{{ text | indent(2, true) }}|{{ 'a\\n\\nb' | indent(1, blank=true) }}|{{ 'a\\nb' | indent('> ') }}",
    "{{ x | safe }}{{ '<a>' }}", "{{ people | map(attribute='name') | map('upper') | join('/') }}", "{{ words | select('in', ['a', 'b']) | list }}", "{{ people | sort(attribute='age') }}", "{{ people | map(attribute='name') | sort | join }}",
    "{{ yes is sameas true }}{{ n is sameas true }}{{ nothing is sameas none }}{{ x is sameas none }}", "{{ nothing is not none }}{{ x is string and x is not mapping }}{{ n is number }}{{ schema is mapping }}{{ words is sequence }}",
    "{{ 'a' if n > 5 }}{{ 'b' if n > 5 else 'c' if yes else 'd' }}", "{{ x ~ n ~ nothing ~ f }}", "{{ 'a' + nothing }}", "{{ words[1:] + words[::-1][:1] }}", "{{ words | length > 2 and words[-1] == 'a' }}", "{{ (x | default('q')) ~ (unknown | default('q')) ~ ('' | default('e', true)) }}",
    "{% generation %}{{ x }}{% endgeneration %}", "{% set a %}{{ x }}{% endset %}{{ a | upper }}", "{% set a, b = 1, [2] %}{{ a }}{{ b }}", "{{ '%s is %d' % (x, n) }}", "{{ '{' ~ '}' }}{{ '{{' }}", "{{ [x, n] | string }}",
    # Errors of syntax.
    "{% break %}", "{% continue %}", "{% endmacro %}", "{% macro f( %}{% endmacro %}", "{% macro f(a) %}", "{% generation %}", "{% if x %}", "{% set ns. = 1 %}", "{{ x | nofilter }}", "{{ x is notest }}",
    "{% for w in words %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}",
]


def typed(value):
    """A value with its type, mappings as pairs in their order."""
    if value is None:
        return {"null": None}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"integer": value}
    if isinstance(value, float):
        return {"number": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {"list": [typed(item) for item in value]}
    return {"pairs": [[typed(key), typed(item)] for key, item in value.items()]}


def rendered(template, values):
    """The text that transformers makes, or None where it raises an error."""
    values = dict(values)
    conversation = values.pop("messages")
    try:
        texts, _ = chat_template_utils.render_jinja_template([conversation], chat_template=template, **values)
        return texts[0]
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, AttributeError, IndexError, SyntaxError) as error:
        assert "raised by" not in str(error)
        return None


def rows(template):
    """What becomes of each conversation with each set of values."""
    return [
        [rendered(template, {"messages": conversation, **values}) for values in VALUES]
        for conversation in CONVERSATIONS
    ]


def snippet(template):
    """The text of a small template, or None."""
    try:
        return chat_template_utils._compile_jinja_template(template).render(**SNIPPET_VALUES)
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, AttributeError, IndexError, SyntaxError):
        return None


# render_jinja_template adds names of its own to messages with reasoning; the file has them as well.
CONVERSATIONS = [chat_template_utils._alias_reasoning_fields(conversation) for conversation in CONVERSATIONS]

content = {
    "versions": VERSIONS,
    "now": [NOW.year, NOW.month, NOW.day, NOW.hour, NOW.minute, NOW.second],
    "conversations": [typed(conversation) for conversation in CONVERSATIONS],
    "values": [typed(values) for values in VALUES],
    "templates": [{"name": name, "source": source, "texts": rows(source)} for name, source in TEMPLATES.items()],
    "snippetValues": typed(SNIPPET_VALUES),
    "snippets": [{"source": source, "text": snippet(source)} for source in SNIPPETS],
}
file = Path(__file__).with_suffix(".json")
file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
