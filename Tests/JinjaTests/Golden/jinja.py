"""Writes jinja.json: templates, values, and what Python's Jinja2 makes of them.

All cases have the same record, whose values are written with their types, so that 1 and 1.0 stay
apart. A case is a template and its text, or null where Jinja raises an error. Needs Jinja2 3.1.6; no
chance is involved.
"""

import json
from pathlib import Path

import jinja2

VERSION = "3.1.6"
assert jinja2.__version__ == VERSION, f"Jinja2 {VERSION} is needed"

RECORD = {
    "text": "The quick brown fox",
    "empty": "",
    "spaces": "  two  words \n",
    "lines": "first line\nsecond line\nthird line",
    "accents": "Élan vital – naïve café ☕ 漢字 👩\u200d🚀",
    "quotes": "it's \"so\"",
    "label": 1,
    "zero": 0,
    "negative": -7,
    "big": 9007199254740993,
    "score": 3.75,
    "whole": 2.0,
    "small": 1e-7,
    "large": 1e16,
    "yes": True,
    "no": False,
    "nothing": None,
    "words": ["alpha", "beta", "gamma"],
    "numbers": [3, 1, 2],
    "mixed": [1, 2.5, "three", None, True, ["four"], ""],
    "nobody": [],
    "nested": [["a", "b"], ["c"]],
    "answers": {"answer_start": [4, 20], "text": ["brown fox", "fox"]},
    "choices": {"label": ["A", "B", "C"], "text": ["red", "green", "blue"]},
    "people": [{"age": 31, "name": "Ann"}, {"age": 7, "name": "Bob"}, {"age": 0}],
    "answerKey": "B",
}

WHITESPACE = [
    "", "plain", "a\n", "a\n\n", "a\r\nb\rc\n", "\n\na", "  a  ", "{{ text }}\n", "{{text}}",
    "a {{- ' b' }} c", "a {{ 'b ' -}}  c", "a  {{- 'b' -}}  c", "a\n{{- text -}}\nb",
    "{% if yes %}\nx\n{% endif %}\ny", "{%- if yes -%}\n x \n{%- endif -%}\n y",
    "a {%+ if yes +%} x {%+ endif %} b", "a{# comment #}b", "a {#- comment -#} b",
    "a{#\n{{ x }}\n#}\nb", "{% for w in words %}\n- {{ w }}\n{% endfor %}",
    "{% for w in words -%}\n{{ w }}\n{%- endfor %}!", "{% set x = 1 %}\n{{ x }}",
    "{% set x = 1 -%}\n{{ x }}", "a\t{{- 'b' }}", "{ {x} }", "a } b }} c %}",
    "{{ '{{' }}text{{ '}}' }}", "{{ '{%' }}", "\u00a0{{- 'x' -}}\u3000y", "100%", "#hash",
    "{{'a'}}{{'b'}}", "{{\n text\n}}", "{%\nif yes\n%}x{%endif%}", "a\x1c{{- 'b' }}",
]

LITERALS = [
    "{{ 9007199254740991.0 }} {{ 9007199254740992.0 }} {{ -9999999999999998.0 }} {{ 1e22 }}",
    "{{ 'single' }}", '{{ "double" }}', "{{ 'it\\'s' }}", '{{ "a\\nb\\tc" }}', "{{ 'a\\\\b' }}",
    "{{ 'a\\qb' }}", "{{ '\\u00e9\\x41' }}", "{{ '\\U0001F600' }}", "{{ 'a' 'b' \"c\" }}",
    "{{ 'é漢👩' }}", "{{ 1 }}", "{{ 1_000 }}", "{{ 0 }}", "{{ 1.5 }}", "{{ 1.50 }}", "{{ 1e3 }}",
    "{{ 1E-5 }}", "{{ 2.5e+20 }}", "{{ 1_0.2_5 }}", "{{ 100000000000000000.0 }}",
    "{{ 123456789.123456789 }}", "{{ 0.1 + 0.2 }}", "{{ 1e15 }}", "{{ 1e16 }}", "{{ 0.0001 }}",
    "{{ 0.00001 }}", "{{ true }} {{ True }} {{ false }} {{ False }} {{ none }} {{ None }}",
    "{{ [] }} {{ [1] }} {{ [1, 'a', 2.0, none, true] }} {{ [1,] }}",
    "{{ () }} {{ (1,) }} {{ (1, 2) }} {{ 1, 2 }} {{ (1) }}",
    "{{ {} }} {{ {'a': 1} }} {{ {'a': 1, 2: [3]} }} {{ {'a': 1, 'a': 2} }}",
    "{{ ['it\\'s', 'say \"x\"', 'both \\' \"'] }}",
    "{{ ['a\\nb', 'é', '\\u200b', '\\x00', '\\ud7ff', '\\t', '\\\\'] }}",
    "{{ [[1, [2]], {'x': (1,)}] }}", "{{ [nothing, yes, score, whole, label, text] }}",
    "{{ small }} {{ large }} {{ big }} {{ whole }} {{ score }}", "{{ [unknown] }}", "{{ people }}",
    "{{ {'a': {'b': {'c': 1}}} }}", "{{ [1,\n 2] }}", "{{ - 1 }}{{ +1 }}{{ --1 }}",
]

NAMES = [
    "{{ text }}", "{{ unknown }}", "[{{ unknown }}]", "{{ nothing }}", "{{ yes }}", "{{ label }}",
    "{{ words }}", "{{ answers }}", "{{ answers.text }}", "{{ answers['text'] }}",
    "{{ answers.text[0] }}", "{{ answers.text.0 }}", "{{ answers.text[-1] }}",
    "{{ answers.text[5] }}", "{{ answers.unknown }}", "{{ answers['unknown'] }}",
    "{{ answers.unknown.more }}", "{{ unknown.x }}", "{{ unknown[0] }}", "{{ nothing.x }}",
    "{{ label.x }}", "{{ text.x }}", "{{ text[0] }}{{ text[-1] }}", "{{ text[99] }}",
    "{{ text['x'] }}", "{{ words['x'] }}", "{{ words[true] }}", "{{ words[1.0] }}",
    "{{ words[label] }}", "{{ words[nothing] }}", "{{ words[0:2] }}", "{{ words[:2] }}",
    "{{ words[1:] }}", "{{ words[:] }}", "{{ words[::-1] }}", "{{ words[-2:] }}", "{{ words[5:] }}",
    "{{ words[:-1] }}", "{{ words[::2] }}", "{{ words[2:0:-1] }}", "{{ words[-9:9] }}",
    "{{ words[9:-9:-1] }}", "{{ words[none:none] }}", "{{ text[4:9] }}", "{{ accents[:5] }}",
    "{{ accents[::-1] }}", "{{ text[::0] }}", "{{ (1,2,3)[1:] }}", "{{ label[0:1] }}",
    "{{ nested[0][1] }}{{ nested[1][0] }}",
    "{{ people[0].name }} {{ people[1]['age'] }} {{ people[2].name }}", "{{ accents[1] }}",
    "{{ {'a': 'x'}.a }}", "{{ {1: 'x'}[1] }}", "{{ {'0': 'a', '1': 'b'}[label|string] }}",
    "{{ ['no', 'yes'][label] }}", "{{ {0: 'a', 1: 'b'}[label] }}", "{{ {0: 'a', 1: 'b'}[yes] }}",
    "{{ {1: 'a'}[whole] }}", "{{ words[label - 1] }}", "{{ words[-4] }}", "{{ {'b': 1, 'a': 2} }}",
    "{{ choices.text[choices.label.index(answerKey)] }}",
    "{{ choices['text'][choices['label'].index('C')] }}",
]

OPERATORS = [
    "{{ -7 % 1.0 }} {{ 7 % -1.0 }} {{ 0.0 % -2 }}",
    "{{ 1 + 2 }} {{ 5 - 7 }} {{ 3 * 4 }} {{ 7 / 2 }} {{ 8 / 2 }} {{ 7 // 2 }} {{ 7 % 3 }} {{ 2 ** 10 }}",
    "{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 // -2 }} {{ 7 % -3 }} {{ -7 / 2 }} {{ -8 % 4 }}",
    "{{ 7.5 // 2 }} {{ -7.5 // 2 }} {{ 7.5 % 2 }} {{ -7.5 % 2 }} {{ 7.5 % -2 }}",
    "{{ 1 + 2.5 }} {{ 2 * 0.5 }} {{ 1.0 + 1 }} {{ 3 - 0.1 }} {{ 2 ** -1 }} {{ 2 ** 0.5 }} {{ 4.0 ** 2 }}",
    "{{ 1 / 0 }}", "{{ 1 % 0 }}", "{{ 1.0 // 0 }}", "{{ 0 ** -1 }}", "{{ 2 ** 3 ** 2 }}",
    "{{ -2 ** 2 }}", "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 10 - 2 - 3 }} {{ 100 / 10 / 2 }}",
    "{{ 'a' + 'b' }} {{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 'a' * -1 }}",
    "{{ [1] + [2] }} {{ [1] * 2 }} {{ (1,) + (2,) }} {{ 2 * (1,) }}", "{{ 'a' + 1 }}",
    "{{ 1 + 'a' }}", "{{ [1] + (2,) }}", "{{ 'a' - 'b' }}", "{{ unknown + 1 }}",
    "{{ nothing + 1 }}", "{{ 'a' * 1.5 }}", "{{ 'a' ~ 1 ~ 2.5 ~ none ~ true ~ [1] }}",
    "{{ 1 ~ 2 + 3 }}", "{{ unknown ~ 'x' }}", "{{ 'a' ~ 'b' * 2 }}",
    "{{ true + true }} {{ yes * 3 }} {{ -yes }} {{ +no }}", "{{ -text }}", "{{ -score }}",
    "{{ -unknown }}", "{{ +nothing }}",
    "{{ 1 == 1 }} {{ 1 == 1.0 }} {{ 1 == true }} {{ 0 == false }} {{ '1' == 1 }} {{ none == none }} {{ none == 0 }}",
    "{{ 'a' == 'a' }} {{ 'é' == 'e\u0301' }} {{ [1, 2] == [1, 2] }} {{ [1] == (1,) }} {{ [1] == [1.0] }}",
    "{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }} {{ {'a': 1} == {'a': 2} }} {{ {} == [] }}",
    "{{ 1 != 2 }} {{ 'a' != 'b' }} {{ words != [] }} {{ none != [] }} {{ text != '' }}",
    "{{ 1 < 2 }} {{ 1 <= 1 }} {{ 2 > 1 }} {{ 1 >= 2 }} {{ 1 < 1.5 }} {{ true < 2 }}",
    "{{ 'a' < 'b' }} {{ 'Z' < 'a' }} {{ 'é' > 'z' }} {{ 'ab' > 'a' }} {{ '' < 'a' }} {{ '\uffee' < '👩' }}",
    "{{ [1, 2] < [1, 3] }} {{ [1] < [1, 0] }} {{ (1, 'a') < (1, 'b') }} {{ [] < [0] }} {{ [2] >= [1, 9] }}",
    "{{ 1 < 'a' }}", "{{ none < 1 }}", "{{ unknown < 1 }}", "{{ [1] < (2,) }}",
    "{{ [1, 'a'] < [1, 2] }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 3 > 2 > 1 == 1 }} {{ 1 == 1.0 == true }}",
    "{{ 'b' in 'abc' }} {{ 'x' in 'abc' }} {{ '' in 'abc' }} {{ '' in '' }} {{ 'fox' in text }}",
    "{{ 1 in [1, 2] }} {{ 3 not in [1, 2] }} {{ 1.0 in [1] }} {{ true in [1] }}",
    "{{ 'a' in {'a': 1} }} {{ 1 in {'a': 1} }} {{ 'text' in answers }} {{ 'beta' in words }}",
    "{{ 1 in 'abc' }}", "{{ 1 in 5 }}", "{{ 'x' in unknown }}", "{{ 'x' not in unknown }}",
    "{{ unknown in [1] }} {{ unknown in [] }}", "{{ 'a' in nothing }}",
    "{{ true and false }} {{ true or false }} {{ not true }} {{ not not 1 }}",
    "{{ 0 or 'x' }} {{ '' and 'x' }} {{ 1 and 2 }} {{ none or [] or 'end' }} {{ [] and unknown.x }}",
    "{{ not 1 == 2 }} {{ not 'a' in 'b' }} {{ 1 or 2 and 0 }} {{ (1 or 2) and 0 }}",
    "{{ 'a' if yes else 'b' }} {{ 'a' if no else 'b' }} [{{ 'a' if no }}] {{ 'a' if no else 'b' if no else 'c' }}",
    "{{ 'a' if unknown else 'b' }} {{ ('a' if yes else 'b') ~ 'c' }} {{ 'x' ~ 'a' if no else 'c' }}",
    "{{ answers.text[0] if answers.text else 'none' }}", "{{ 1 if yes else 1 / 0 }}",
    "{{ 0.1 + 0.7 }} {{ 1 / 3 }} {{ 2 / 3 }} {{ 1e308 * 10 }} {{ -1e308 * 10 }} {{ 5 * 3.75 }}",
    "{{ 10 ** 18 }} {{ 7 // 7.0 }} {{ 0.0 * -1 }}", "{{ 1 is odd and 2 is even or 3 is odd }}",
    "{{ ['no', 'yes'][0 if label < 0.5 else 1] }}", "{{ 1 - label }}",
    "{{ 1-label }} {{ label-1 }} {{ label -1 }}",
]

STATEMENTS = [
    "{% for x in [] %}{% else %}{% set q = 1 %}{{ q }}{% endfor %}[{{ q }}]",
    "{% if yes %}a{% endif %}", "{% if no %}a{% endif %}", "{% if no %}a{% else %}b{% endif %}",
    "{% if no %}a{% elif yes %}b{% else %}c{% endif %}",
    "{% if no %}a{% elif no %}b{% elif label == 1 %}c{% else %}d{% endif %}",
    "{% if unknown %}a{% else %}b{% endif %}", "{% if empty %}a{% else %}b{% endif %}",
    "{% if none %}a{% else %}b{% endif %}", "{% if nothing %}a{% else %}b{% endif %}",
    "{% if zero %}a{% else %}b{% endif %}", "{% if whole %}a{% endif %}",
    "{% if answers %}a{% endif %}", "{% if {} %}a{% else %}b{% endif %}",
    "{% if '0' %}a{% endif %}", "{% if 0.0 %}a{% else %}b{% endif %}",
    "{% if label == 0 %}zero{% elif label == 1 %}one{% endif %}",
    "{% if yes %}{% if no %}a{% else %}b{% endif %}{% endif %}",
    "{% if words|length > 2 and 'alpha' in words %}many{% endif %}",
    "{% if text.split()|length == 4 %}four{% endif %}", "{% if not no %}a{% endif %}",
    "{% if answers.text != [] %}{{ answers.text[0] }}{% endif %}",
    "{% if (label == 1) %}x{% endif %}", "{%if yes%}a{%else%}b{%endif%}",
    "{% for w in words %}{{ w }},{% endfor %}", "{% for w in nobody %}a{% else %}empty{% endfor %}",
    "{% for w in words %}a{% else %}empty{% endfor %}",
    "{% for w in unknown %}a{% else %}empty{% endfor %}",
    "{% for c in 'héy' %}[{{ c }}]{% endfor %}", "{% for k in answers %}{{ k }} {% endfor %}",
    "{% for w in nothing %}a{% endfor %}", "{% for w in label %}a{% endfor %}",
    "{% for w in words %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for w in words %}{{ loop.previtem }}<{{ w }}<{{ loop.nextitem }} {% endfor %}",
    "{% for r in nested %}{% for x in r %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.index }}{{ x }} {% endfor %}{{ loop.depth }}{% endfor %}",
    "{% for w in words %}{% if not loop.last %}{{ w }}, {% else %}and {{ w }}{% endif %}{% endfor %}",
    "{% for w in words if w != 'beta' %}{{ loop.index }}{{ w }}{% endfor %}",
    "{% for n in numbers if n > 5 %}{{ n }}{% else %}none{% endfor %}",
    "{% for n in numbers if n is odd %}{{ n }}/{{ loop.length }} {% endfor %}",
    "{% for a, b in zip(words, numbers) %}{{ a }}{{ b }} {% endfor %}",
    "{% for (a, b) in zip(words, numbers) %}{{ a }}{{ b }} {% endfor %}",
    "{% for a, b in [[1, 2], (3, 4)] %}{{ a + b }} {% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
    "{% for a, b in words %}{{ a }}{% endfor %}",
    "{% for a, b in ['xy', 'zw'] %}{{ a }}-{{ b }} {% endfor %}",
    "{% for k, v in answers.items() %}{{ k }}={{ v }} {% endfor %}",
    "{% for i in range(3) %}{{ i }}{% endfor %}", "{% for i in range(1, 4) %}{{ i }}{% endfor %}",
    "{% for i in range(6, 0, -2) %}{{ i }}{% endfor %}",
    "{% for i in range(0) %}a{% else %}b{% endfor %}",
    "{% for i in range(words|length) %}{{ words[i] }} {% endfor %}",
    "{% for i in range(-2) %}{{ i }}{% endfor %}", "{% for i in range(2.5) %}{{ i }}{% endfor %}",
    "{% for i in range(1, 5, 0) %}{{ i }}{% endfor %}", "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for x in (1, 2) %}{{ x }}{% endfor %}", "{% for x in [1, 2] + [3] %}{{ x }}{% endfor %}",
    "{% set x = 5 %}{{ x }}", "{% set x = 5 %}{% set x = x + 1 %}{{ x }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set (a, b) = [3, 4] %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}{{ a }}", "{% set x %}block {{ label }}{% endset %}[{{ x }}]",
    "{% set x %}{% endset %}[{{ x }}]", "{% set x = 1, 2 %}{{ x }}",
    "{% set x = words %}{{ x[0] }}", "{% if yes %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if no %}{% set x = 1 %}{% endif %}[{{ x }}]", "{% set text = 'other' %}{{ text }}",
    "{% set x = 0 %}{% for i in range(3) %}{% set x = i %}{{ x }}{% endfor %}{{ x }}",
    "{% for i in range(2) %}{{ y }}{% set y = i %}{{ y }}{% endfor %}[{{ y }}]",
    "{% for label in words %}{{ label }}{% endfor %}{{ label }}",
    "{% for i in range(2) %}{% if i == 1 %}{% set z = 'in' %}{% endif %}[{{ z }}]{% endfor %}",
    "{% set i = 'out' %}{% for i in range(2) %}{{ i }}{% endfor %}{{ i }}",
    "{% for r in nested %}{% set outer = loop %}{% for x in r %}{{ outer.index }}{{ loop.index }}{{ x }} {% endfor %}{% endfor %}",
    "{% set l = [] %}{% for w in words %}{{ l.append(w) }}{% endfor %}{{ l }}",
    "{% set l = [] %}{% for w in words %}{{ l.append(w) | default('', true) }}{% endfor %}{{ l | join(' ') }}",
    "{% set l = [] %}{% for w in words %}{% if w|length > 4 %}{{ l.append(w) | default('', True) }}{% endif %}{% endfor %}{% if l %}{{ l|length }}{% endif %}",
    "{% set l = [1] %}{% set ignored = l.append(2) %}{{ l }}{{ ignored }}",
    "{% set l = [] %}{% if l.append(1) %}a{% endif %}{{ l }}",
    "{% for x in [1, 2] %}{% for y in [3, 4] %}{{ x * y }} {% endfor %}{% endfor %}",
    "{% for p in people %}{{ p.name }}:{{ p.age }} {% endfor %}",
    "{% for w in words[:-1] %}{{ w }}, {% endfor %}{{ words[-1] }}", "{{ loop.index }}",
    "{% for x in [[1, 2], [3]] %}{{ x }}{{ loop['index'] }}{% endfor %}",
    "{% for x in words %}{{ loop.unknown }}{% endfor %}", "{% if yes %}", "{% endif %}",
    "{% for x in words %}", "{% for in words %}{% endfor %}", "{% for x words %}{% endfor %}",
    "{% if %}a{% endif %}", "{% else %}", "{% unknown %}", "{{ }}", "{{ 1 + }}", "{{ (1 }}",
    "{{ 1) }}", "{{ [1 }}", "{{ 'a }}", "{{ a b }}", "{{ a..b }}", "{{ .a }}", "{{ | upper }}",
    "{{ a | }}", "{{ a | nofilter }}", "{{ a is notest }}", "{% set = 1 %}", "{% set 1 = 1 %}",
    "{# open", "{{ open", "{% open", "{{ 1 ? 2 }}", "{{ $ }}", "{{ not }}", "{{ 5if }}", "{{ a[ }}",
    "{{ a[] }}", "{{ {'a'} }}", "{{ {'a':} }}", "{% if yes %}{% endfor %}", "{{ 08 }}",
    "{{ a.b( }}", "{{ a(1 2) }}", "{% set x = 1", "{{ '\\x4' }}", "{{ '\\uzzzz' }}",
    "{% for true in words %}{% endfor %}", "{{ x is }}",
]

FILTERS = [
    "{{ words | join }} {{ words | join(', ') }} {{ words|join(' ' ~ 'or ') }} {{ numbers | join('-') }} {{ mixed | join('|') }}",
    "{{ nobody | join(',') }}", "{{ 'abc' | join('.') }}", "{{ unknown | join(',') }}",
    "{{ people | join(', ', attribute='name') }}", "{{ nested | join(';', attribute=0) }}",
    "{{ label | join }}", "{{ answers | join(' ') }}", "{{ words | join(1) }}",
    "{{ words | join(d='+') }}", "{{ words | join(none) }}",
    "{{ words | length }} {{ text | length }} {{ accents|length }} {{ answers | length }} {{ unknown | length }} {{ '' | count }} {{ range(5) | length }} {{ (1,2) | length }}",
    "{{ label | length }}", "{{ nothing | length }}", "{{ words | map('upper') | length }}",
    "{{ [] | length > 0 }}",
    "{{ text | replace('quick', 'slow') }} {{ text | replace(' ', '') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 'aaa' | replace('aa', 'b') }} {{ 'a.b' | replace('.', '\\n') }}",
    "{{ label | replace(1, 2) }}", "{{ text | replace('x', 'y') }}", "{{ text | replace('x') }}",
    "{{ 'a-b-c' | replace('-', ' ') | title }}",
    "{{ 'aaa' | replace('a', 'b', -1) }} {{ 'aaa' | replace('a', 'b', 0) }}",
    "{{ text | lower }} {{ text | upper }} {{ 'hELLO wORLD' | capitalize }} {{ 'hello wORLD-wide (open) it\\'s {x' | title }}",
    "{{ accents | upper }} {{ accents | lower }} {{ 'éa Éa' | capitalize }} {{ 'straße' | upper }} {{ 'ǆ ŉ' | title }} {{ 'ß' | capitalize }}",
    "{{ label | upper }} {{ nothing | lower }} {{ yes | lower }} {{ unknown | upper }} {{ words | upper }}",
    "{{ '' | capitalize }}{{ '' | title }}", "{{ 'a b\\tc\\nd' | title }}",
    "{{ 'ΑΣ' | upper }} {{ 'İ' | lower }}",
    "[{{ spaces | trim }}] [{{ 'xxaxx' | trim('x') }}] [{{ 'xyaxy' | trim('yx') }}] [{{ '\u00a0a\u2003' | trim }}] [{{ 'a' | trim('') }}] [{{ ' a ' | trim(none) }}]",
    "{{ label | trim }}", "[{{ '\\x1fa\\x85' | trim }}]", "[{{ '  ' | trim }}]",
    "{{ 'abc' | list }} {{ (1, 2) | list }} {{ answers | list }} {{ range(3) | list }} {{ unknown | list }} {{ zip([1, 2], 'ab') | list }}",
    "{{ label | list }}",
    "{{ words | first }} {{ words | last }} [{{ nobody | first }}] {{ 'abc' | first }} {{ range(5) | last }}",
    "{{ answers | first }}",
    "{{ 2.5 | round }} {{ 3.5 | round }} {{ 2.675 | round(2) }} {{ 0.5 | round }} {{ 1.5 | round }} {{ -0.5 | round }} {{ -2.5 | round }} {{ 5 | round }} {{ 5 | round(2) }} {{ 1234.5678 | round(1) }}",
    "{{ 2.1 | round(method='ceil') }} {{ 2.9 | round(0, 'floor') }} {{ -2.1 | round(0, 'ceil') }} {{ 2.123 | round(2, 'ceil') }} {{ 3 | round(0, 'floor') }}",
    "{{ 2.1 | round(0, 'up') }}", "{{ text | round }}", "{{ unknown | round }}",
    "{{ ((5 * score) | round) / 5 }} {{ (((5 * 2.7)|round)/5) }} {{ 0.8 | round(0) }} {{ 1e300 | round }} {{ yes | round }}",
    "{{ 1.005 | round(2) }} {{ 0.15 | round(1) }} {{ 0.25 | round(1) }} {{ 0.35 | round(1) }} {{ 1e-9 | round(3) }}",
    "{{ '3' | int }} {{ '3.7' | int }} {{ 3.7 | int }} {{ -3.7 | int }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ nothing | int }} {{ '' | int(default=5) }} {{ yes | int }} {{ ' 4 ' | int }} {{ words | int }} {{ '1e3' | int }} {{ '+5' | int }}",
    "{{ unknown | int }}",
    "{{ '3.5' | float }} {{ 3 | float }} {{ 'x' | float }} {{ 'x' | float(1.5) }} {{ nothing | float }} {{ yes | float }} {{ '1e-3' | float }} {{ ' .5 ' | float }} {{ 'inf' | float }} {{ 'nan' | float }} {{ '-Infinity' | float }} {{ '0x1p3' | float }}",
    "{{ unknown | float }}", "{{ 5 | abs }} {{ -5 | abs }} {{ -2.5 | abs }} {{ true | abs }}",
    "{{ text | abs }}",
    "{{ label | string ~ 'x' }} {{ 1.0 | string }} {{ none | string }} {{ [1, 'a'] | string }} [{{ unknown | string }}]",
    "{{ unknown | default('d') }} {{ unknown | default }} {{ text | default('d') }} {{ empty | default('d') }} {{ empty | default('d', true) }} {{ nothing | default('d') }} {{ nothing | default('d', boolean=true) }} {{ zero | d('d', true) }} {{ unknown.x | default('d') }}",
    "{{ answers.nope | default('d') }}", "{{ words[9] | default('d') }}",
    "{{ (unknown | default([])) | length }}",
    "{{ '%s and %s' | format('a', 'b') }} {{ '%d' | format(3.7) }} {{ '%0.1f' | format(label | float) }} {{ '%.2f' | format(score) }} {{ '%f' | format(1) }} {{ '%5s|%-5s|' | format('a', 'b') }} {{ '%05d' | format(-42) }} {{ '%+d % d' | format(1, 2) }} {{ '100%%' | format }} {{ '%i' | format(true) }} {{ '%.3s' | format('abcdef') }} {{ '%8.3f|' | format(3.14159) }} {{ '%-8.2f|' | format(-1.5) }} {{ '%08.2f|' | format(-1.5) }}",
    "{{ '%s' | format }}", "{{ '%s' | format(1, 2) }}", "{{ '%d' | format('x') }}",
    "{{ '%s' % 'x' }} {{ '%s-%s' % (1, 2) }} {{ '%.1f' % 2 }} {{ '%s' % [1] }}",
    "{{ '%s %s' % 1 }}", "{{ '%' | format(1) }}", "{{ '%.0f %.0f %.0f' | format(0.5, 1.5, 2.5) }}",
    "{{ '%s %s' | format(none, unknown) }}",
    "{{ people | map(attribute='name') | list }} {{ people | map(attribute='name', default='?') | join(',') }} {{ words | map('upper') | join(' ') }} {{ words | map('length') | list }} {{ nested | map('join', '+') | list }} {{ nested | map(attribute=0) | list }} {{ words | map('replace', 'a', 'o') | list }}",
    "{{ [{'a': {'b': 1}}] | map(attribute='a.b') | list }}", "{{ words | map | list }}",
    "{{ label | map('upper') | list }}",
    "{{ nothing | map('upper') | list }} {{ zero | select | list }}", "{{ true is even(1) }}",
    "{{ people | map(attribute='name.x') | list }}",
    "{{ numbers | select('odd') | list }} {{ numbers | reject('odd') | list }} {{ mixed | select | list }} {{ mixed | reject | list }} {{ words | select('equalto', 'beta') | list }} {{ words | reject('equalto', 'beta') | list }} {{ words | select('!=', '') | list }} {{ words | select('in', ['beta', 'x']) | list }} {{ numbers | select('gt', 1) | list }} {{ numbers | select('>=', 2) | list }}",
    "{{ 'a||b' .split('|') | reject('equalto', '') | list }}",
    "{{ numbers | select('divisibleby', 3) | list }} {{ mixed | select('string') | list }} {{ mixed | select('number') | list }} {{ mixed | select('none') | list }}",
    "{{ words | select('equalto') | list }}", "{{ text | upper | lower | capitalize }}",
    "{{ (words | join(' ')).split() }}", "{{ words | join(', ') | upper ~ '!' }}", "{{ -1 | abs }}",
    "{{ 3 * 2 | int }}", "{{ words|length - 1 }}", "{{ not words | length }}",
    "{{ 'a,b' | upper | replace(',', ' ') | list | join('') }}", "{{ text|upper()|length() }}",
    "{{ words | join(sep='x') }}", "{{ words | length(1) }}", "{{ text | upper(1) }}",
    "{{ text.split(' ')[:3] | join(' ') }}",
]

METHODS = [
    "{{ text.split() }} {{ text.split(' ') }} {{ 'a,b,,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ spaces.split() }} {{ spaces.split(' ') }} {{ ''.split() }} {{ ''.split(',') }} {{ ' a b  c '.split(none, 1) }} {{ 'abc'.split('abc') }}",
    "{{ 'a'.split('') }}", "{{ lines.split('\\n')[1] }} {{ lines.split('\n')|length }}",
    "{{ 'aXbXc'.split('X', maxsplit=1) }}", "{{ 'a b'.split(1) }}",
    "{{ 'a  b c'.split(maxsplit=1) }}", "{{ 'ababab'.split('abab') }} {{ 'aaaa'.split('aa') }}",
    "{{ ', '.join(words) }} {{ ''.join(['a', 'b']) }} {{ '-'.join('abc') }} {{ 'x'.join([]) }}",
    "{{ ','.join(numbers) }}", "{{ ', '.join(words | map('upper')) }}", "{{ ' '.join(unknown) }}",
    "{{ text.lower() }} {{ text.upper() }} {{ 'hello World'.title() }} {{ \"they're bill's\".title() }} {{ 'hELLO'.capitalize() }} {{ '3d éa'.title() }}",
    "[{{ spaces.strip() }}] [{{ spaces.lstrip() }}] [{{ spaces.rstrip() }}] [{{ 'xxaxx'.strip('x') }}] [{{ 'a.'.rstrip('.,') }}] [{{ 'abc'.lstrip('ba') }}]",
    "{{ text.replace('quick', 'slow') }} {{ 'aaa'.replace('a', 'b', 1) }} {{ text.replace('zzz', '') }}",
    "{{ text.replace(1, 2) }}",
    "{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith('') }} {{ 'abc'.endswith('x') }}",
    "{{ 'abcabc'.find('c') }} {{ 'abc'.find('x') }} {{ 'éc'.find('c') }} {{ 'abcabc'.index('b') }} {{ 'aaaa'.count('aa') }} {{ 'banana'.count('a') }}",
    "{{ 'abc'.index('x') }}",
    "{{ words.index('beta') }} {{ numbers.index(2) }} {{ (1, 2).index(2) }} {{ [1, 1, 2].count(1) }} {{ [true].index(1) }}",
    "{{ words.index('x') }}", "{{ unknown.split() }}", "{{ nothing.split() }}",
    "{{ label.split() }}", "{{ words.split() }}",
    "{{ answers.get('text') }} {{ answers.get('x') }} {{ answers.get('x', 'd') }} {{ {'a': 1}.get('a') }}",
    "{{ answers.keys() | list }} {{ answers.values() | list }} {{ answers.items() | list }}",
    "{% for k in answers.keys() %}{{ k }}{% endfor %}", "{{ 'a'.upper(1) }}",
    "{{ 'abc'.split('b')[1] }}", "{{ 'a b c'.split()[-1].upper() }}",
    "{{ text.split(' ').index('brown') }}", "{{ text.strip().split('\\n')[:3] | join('\\n') }}",
    "{{ 'x'.lower().upper().title() }}", "{{ ('a' ~ 'b').upper() }}",
    "{{ ['b', 'a'].index('a') + 1 }}",
]

TESTS = [
    "{{ unknown is defined }} {{ text is defined }} {{ nothing is defined }} {{ unknown is undefined }} {{ answers.x is defined }}",
    "{{ nothing is none }} {{ text is none }} {{ unknown is none }} {{ text is not none }} {{ nothing is not none }}",
    "{{ text is string }} {{ label is string }} {{ label is number }} {{ score is number }} {{ yes is number }} {{ label is integer }} {{ yes is integer }} {{ score is float }} {{ yes is boolean }} {{ label is boolean }}",
    "{{ words is iterable }} {{ text is iterable }} {{ label is iterable }} {{ answers is iterable }} {{ words is sequence }} {{ text is sequence }} {{ label is sequence }} {{ answers is mapping }} {{ words is mapping }} {{ answers is sequence }}",
    "{{ 3 is odd }} {{ 4 is even }} {{ -3 is odd }} {{ 0 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 2.0 is even }}",
    "{{ 'a' is odd }}", "{{ 9 is divisibleby 0 }}",
    "{{ 1 is eq 1 }} {{ 1 is equalto 2 }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 1 is le 1 }} {{ 2 is gt 1 }} {{ 2 is ge 3 }} {{ 1 is in [1] }} {{ 1 is not in [1] }} {{ 2 is greaterthan 1 }} {{ 2 is lessthan 1 }}",
    "{{ yes is true }} {{ label is true }} {{ no is false }} {{ zero is false }}", "{{ 1 is eq }}",
    "{{ 'a' if text is defined else 'b' }}",
    "{{ 'a' if unknown is defined and unknown == 1 else 'b' }}", "{{ not text is defined }}",
    "{{ text is defined and label is number }}", "{{ label + 1 is even }}",
    "{{ (label + 1) is even }}", "{{ words is not string }}", "{{ text | length is odd }}",
    "{{ 1 is defined is defined }}",
    "{{ unknown is iterable }} {{ unknown is sequence }} {{ unknown is string }} {{ unknown is number }} {{ nothing is iterable }}",
]

TEMPLATES = [
    "{{ text }}\nQuestion: was that {{ 'good' }} or {{ \"bad\" }}?\n|||\n{{ ['bad', 'good'][label] }}",
    "Options:\n- {{ words | join(\"\\n- \") }}\n|||\n{{ words[label] }}",
    "{% if label != -1 %}\nQ: {{ text }}\n|||\n{{ label }}\n{% endif %}",
    "{% for i in range(choices['label']|length) %}\n{{ choices['label'][i] }}. {{ choices['text'][i] }}\n{% endfor %}\n|||\n{{ answerKey }}",
    "{% for letter, t in zip(choices.label, choices.text) %}\n- {{ letter }}: {{ t }}\n{% endfor %}|||{{ answerKey }}",
    "{% set n = words | length %}{% set half = (n / 2) | int %}First {{ half }}: {{ words[:half] | join(', ') }}",
    "{% if answers.text|length > 0 %}{{ answers[\"text\"][0] }}{% else %}unanswerable{% endif %}",
    "{%- for p in people -%}\n{% if p.age > 5 %}{{ p.name }} is {{ p.age }}\n{%- endif -%}{%- endfor -%}",
    "{{ text[0]|upper }}{{ text[1:] }}",
    "{{ {\"0\": \"World\", \"1\": \"Sports\"}[label|string] }}",
    "{% set kinds = {'a': 'first', 'b': 'second'} %}{{ kinds['b'] }} {{ kinds.a }}",
    "{{ answers.text | map('lower') | list | join(' / ') }}",
    "{% set parts = text.split(' ') | reject('equalto', '') | list %}{{ parts | length }}: {{ parts | join('_') }}",
    "{{ \"%.0f\" | format(score) }}/{{ '5' }}", "{{ (score * 20) | round | int }}%",
    "{% if 'fox' in text and not no %}{{ text | replace('fox', 'dog') }}{% endif %}",
]

def typed(value):
    match value:
        case None:
            return {"null": True}
        case bool():
            return {"bool": value}
        case int():
            return {"integer": value}
        case float():
            return {"number": value}
        case str():
            return {"text": value}
        case list():
            return {"list": [typed(item) for item in value]}
        case dict():
            return {"object": {key: typed(item) for key, item in value.items()}}


def main() -> None:
    environment = jinja2.Environment()
    environment.globals["zip"] = zip
    record = json.dumps(RECORD)
    cases = []
    for template in WHITESPACE + LITERALS + NAMES + OPERATORS + STATEMENTS + FILTERS + METHODS + TESTS + TEMPLATES:
        try:
            text = environment.from_string(template).render(**json.loads(record))
        except Exception:
            text = None
        cases.append({"template": template, "text": text})
    content = {"jinja2": VERSION, "record": typed(RECORD)["object"], "cases": cases}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases, {sum(case['text'] is None for case in cases)} of them errors")


if __name__ == "__main__":
    main()
