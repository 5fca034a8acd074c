"""Compares our prompts with what promptsource itself renders, on records of real data sets.

    python3 Tests/TasksTests/Golden/promptsource.py ../shared/data /somewhere/cases
    MAPO_PROMPTSOURCE_CASES=/somewhere/cases swift test --filter PromptsourceAgreement

Writes records in the columns that promptsource's templates expect, and beside them what
promptsource makes of them (its rendering, rewritten here from its description: Jinja2 with `zip` and
`choice`, bars within records protected, parts stripped). Data sets that are not at hand get
made-up records of the types that their templates ask for. Needs Jinja2 3.1.6 and PyYAML.
"""

import csv
import json
import random
import sys
from itertools import islice
from pathlib import Path

import jinja2
import yaml
from jinja2 import meta, nodes

BARS, STAND_IN = "|||", "3ed2dface8203c4c9dfb1a5dc58e41e0"
COUNT = 60
random.seed(4)


class Choice:
    """promptsource's `choice`, with the item said instead of drawn."""

    def __init__(self):
        self.index, self.count = 0, None

    def __call__(self, items):
        items = list(items)
        self.count = len(items)
        return items[self.index]


CHOICE = Choice()
ENVIRONMENT = jinja2.Environment()
ENVIRONMENT.globals["zip"] = zip
ENVIRONMENT.filters["choice"] = CHOICE
ENVIRONMENT.filters["random"] = CHOICE


class Loader(yaml.SafeLoader):
    pass


Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_mapping(node, deep=True))


def protected(value):
    if isinstance(value, str):
        return value.replace(BARS, STAND_IN)
    if isinstance(value, list):
        return [protected(item) for item in value]
    if isinstance(value, dict):
        return {key: protected(item) for key, item in value.items()}
    return value


def parts(text):
    return [part.replace(STAND_IN, BARS).strip() for part in text.split(BARS)]


def rendered(template, record):
    """Input and all targets that `choice` allows; None where the template does not apply."""
    found, targets, index, count = None, [], 0, 1
    while index < count:
        CHOICE.index, CHOICE.count = index, None
        values = protected(record)
        try:
            choices = template.get("answer_choices")
            if choices is not None:
                choices = parts(ENVIRONMENT.from_string(choices).render(**values))
            text = ENVIRONMENT.from_string(template["jinja"]).render(
                **values, answer_choices=choices
            )
        except Exception:
            return None
        count = 1 if CHOICE.count is None else CHOICE.count
        halves = parts(text)
        if len(halves) != 2 or not halves[0]:
            return None
        found = halves[0]
        if halves[1] and halves[1] not in targets:
            targets.append(halves[1])
        index += 1
    return {"input": found, "targets": sorted(targets)} if targets else None


def json_rows(path):
    return list(json.loads(path.read_text(encoding="utf-8")).values())


def json_lines(path):
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def pairs(path, first, second, codes):
    return [
        {first: row["text_a"], second: row["text_b"], "label": codes(row["label"])}
        for row in json_rows(path)
    ]


def questions(path):
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for row in paragraph["qas"]:
                answers = row["answers"]
                yield {
                    "id": row["id"],
                    "title": article.get("title", ""),
                    "context": paragraph["context"],
                    "question": row["question"],
                    "answers": {
                        "text": [answer["text"] for answer in answers],
                        "answer_start": [answer["answer_start"] for answer in answers],
                    },
                    "metadata": {"split": "train"},
                }


def simplifications(folder):
    references = [
        (folder / f"asset.valid.simp.{number}").read_text(encoding="utf-8").splitlines()
        for number in range(10)
    ]
    lines = (folder / "asset.valid.src").read_text(encoding="utf-8").splitlines()
    return [
        {"original": line, "simplifications": list(texts)}
        for line, *texts in zip(lines, *references)
    ]


def splits(path):
    with path.open(encoding="utf-8") as file:
        for line in file:
            complex_sentence, simple = line.rstrip("\n").split("\t")
            first, second = simple.split("<::::>")
            yield {
                "complex_sentence": complex_sentence,
                "simple_sentence_1": first.strip(),
                "simple_sentence_2": second.strip(),
            }


def sources(data):
    """Template files by the records that they fit, in promptsource's columns."""
    glue = data / "glue"
    inference = {"entailment": 0, "neutral": 1, "contradiction": 2, "not_entailment": 1}.get
    yield ["glue__sst2", "sst__default"], [
        {"sentence": row["text_a"], "label": int(row["label"])}
        for row in json_rows(glue / "SST-2/train.json")
    ]
    mnli = pairs(glue / "MNLI/train.json", "premise", "hypothesis", inference)
    yield ["glue__mnli", "glue__mnli_matched", "glue__mnli_mismatched", "multi_nli", "anli"], mnli
    yield ["glue__ax", "super_glue__cb", "hans"], mnli
    yield ["snli"], pairs(glue / "SNLI/train.json", "premise", "hypothesis", inference)
    yield ["glue__qnli"], pairs(glue / "QNLI/train.json", "question", "sentence", inference)
    yield ["glue__rte", "glue__wnli"], pairs(
        glue / "RTE/train.json", "sentence1", "sentence2", inference
    )
    yield ["super_glue__rte"], pairs(glue / "RTE/train.json", "premise", "hypothesis", inference)
    yield ["glue__qqp"], pairs(glue / "QQP/train.json", "question1", "question2", int)
    yield ["quora"], [
        {
            "questions": {"id": [1, 2], "text": [row["text_a"], row["text_b"]]},
            "is_duplicate": row["label"] == "1",
        }
        for row in json_rows(glue / "QQP/train.json")
    ]
    yield ["glue__stsb"], pairs(glue / "STS-B/train.json", "sentence1", "sentence2", float)
    with (data / "mrpc/train.tsv").open(encoding="utf-8-sig") as file:
        rows = [line.rstrip("\n").split("\t") for line in islice(file, 1, None)]
    yield ["glue__mrpc", "paws__labeled_final"], [
        {"sentence1": row[3], "sentence2": row[4], "label": int(row[0])} for row in rows
    ]
    with (data / "cola/in_domain_train.tsv").open(encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    yield ["glue__cola"], [{"sentence": row[3], "label": int(row[1])} for row in rows]
    yield ["super_glue__boolq"], [
        {**row, "label": int(row["label"])} for row in json_lines(data / "superglue/BoolQ/val.jsonl")
    ]
    yield ["super_glue__copa"], json_lines(data / "superglue/COPA/val.jsonl")
    with (data / "ag-news/test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    yield ["ag_news"], [{"text": f"{row[1]} {row[2]}", "label": int(row[0]) - 1} for row in rows]
    yield ["imdb", "rotten_tomatoes", "yelp_polarity"], [
        {"text": row["ori"], "label": int(row["label"])} for row in json_rows(data / "imdb/dev.json")
    ]
    with (data / "sent-conv/TREC.test.all").open(encoding="latin-1") as file:
        rows = [line.rstrip("\n").split(" ", 1) for line in file]
    yield ["trec"], [
        {"text": row[1], "coarse_label": int(row[0]), "fine_label": index % 47}
        for index, row in enumerate(rows)
    ]
    with (data / "banking77/test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["category"] for row in rows})
    yield ["banking77"], [
        {"text": row["text"], "label": names.index(row["category"])} for row in rows
    ]
    with (data / "query-wellformedness/dev.tsv").open(encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    yield ["google_wellformed_query"], [{"content": row[0], "rating": float(row[1])} for row in rows]
    squad = list(questions(data / "squad/dev-v2.0.json"))
    yield [
        "squad_v2", "adversarial_qa__dbert", "adversarial_qa__dbidaf", "adversarial_qa__droberta",
        "adversarial_qa__adversarialQA",
    ], squad
    yield ["squad", "xquad__xquad.en", "squad_adversarial__AddSent"], list(
        questions(data / "xquad/xquad.en.json")
    )
    yield ["nq_open"], json_lines(data / "nq-open/NQ-open.dev.jsonl")
    yield ["aqua_rat__raw"], json_lines(data / "reasoning-qa/AQuA_test.json")
    abstracts = json_lines(data / "scitldr/dev.jsonl")
    yield ["scitldr__Abstract"], abstracts
    yield ["xsum", "gigaword", "multi_news"], [
        {"document": " ".join(row["source"]), "summary": row["target"][0]} for row in abstracts
    ]
    yield ["samsum"], json_lines(data / "dialogsum/dialogsum.dev.jsonl")
    yield ["asset__simplification", "turk"], simplifications(data / "asset")
    yield ["wiki_split"], list(splits(data / "wiki-split/validation_first1000.tsv"))


class Shapes:
    """The types of a template file's variables, guessed from how its templates use them."""

    def __init__(self, templates):
        self.words = ["alpha", "beta gamma", "Delta?", "it's \"so\"", "naïve | text", "A", "B"]
        self.kinds, self.constants = {}, {}
        for template in templates:
            for source in (template["jinja"], template.get("answer_choices") or ""):
                tree = ENVIRONMENT.parse(source)
                for name in meta.find_undeclared_variables(tree) - {"answer_choices"}:
                    self.kinds.setdefault(name, "text")
                self.study(tree)

    def study(self, tree):
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
            if isinstance(node.node, nodes.Name) and node.node.name in self.kinds:
                if isinstance(key, str) and not hasattr("", key):
                    self.raise_kind(node.node.name, key)
                elif not isinstance(key, str):
                    self.raise_kind(node.node.name, "list")
            index = getattr(node, "arg", None)
            if isinstance(index, nodes.Name) and index.name in self.kinds:
                self.raise_kind(index.name, "number")
        for node in tree.find_all((nodes.For, nodes.Filter)):
            items = node.iter if isinstance(node, nodes.For) else node.node
            lists = isinstance(node, nodes.For) or node.name in ("join", "choice")
            if lists and isinstance(items, nodes.Name) and items.name in self.kinds:
                self.raise_kind(items.name, "list")
        for node in tree.find_all(nodes.Compare):
            other = node.ops[0].expr
            if isinstance(node.expr, nodes.Name) and isinstance(other, nodes.Const):
                self.constants.setdefault(node.expr.name, []).append(other.value)

    def raise_kind(self, name, kind):
        known = self.kinds[name]
        if kind in ("list", "number"):
            if known == "text":
                self.kinds[name] = kind
        else:
            self.kinds[name] = (known if isinstance(known, set) else set()) | {kind}

    def record(self):
        return {name: self.value(name, kind) for name, kind in sorted(self.kinds.items())}

    def value(self, name, kind):
        constants = self.constants.get(name)
        if isinstance(kind, set):
            return {key: random.sample(self.words, 3) for key in sorted(kind)}
        if constants and random.random() < 0.7:
            return random.choice(constants)
        if kind == "list":
            return random.sample(self.words, random.randint(0, 4))
        return random.choice([0, 1, 1, 2]) if kind == "number" else random.choice(self.words + [""])


def write(folder, path, records, is_real):
    templates = list(yaml.load(path.read_text(encoding="utf-8"), Loader)["templates"].values())
    if records is None:
        shapes = Shapes(templates)
        records = [shapes.record() for _ in range(COUNT)]
    records = [{**record, "record_id": f"#{number}"} for number, record in enumerate(records)]
    expected = [
        {
            "name": template["name"].strip(),
            "rows": [rendered(template, record) for record in records],
        }
        for template in templates
    ]
    with (folder / f"{path.stem}.jsonl").open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    case = {"file": str(path.resolve()), "isReal": is_real, "templates": expected}
    (folder / f"{path.stem}.expected.json").write_text(json.dumps(case), encoding="utf-8")


def main() -> None:
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    real = {}
    for names, records in sources(data):
        step = max(1, len(records) // COUNT)
        for name in names:
            real[name] = records[::step][:COUNT]
    for path in sorted((data / "promptsource").glob("*.yaml")):
        write(folder, path, real.get(path.stem), path.stem in real)
    print(f"{len(real)} files with real records, {COUNT} records each")


if __name__ == "__main__":
    main()
