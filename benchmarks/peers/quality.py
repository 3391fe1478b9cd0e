"""Quality rules of web pages: datatrove's decisions, beside those of `rankwise prepare`.

usage: quality.py sample FOLDER [MOST]
       quality.py compare FOLDER RUN SET [white-space]

The first writes FOLDER/texts.jsonl: at most MOST (5000) texts of at least 300 characters from the documentation
of the packages that this Python has: descriptions of packages, and what stands in front of modules, classes and
functions. The second asks datatrove's filter of SET (gopher-quality, gopher-repetition or c4) for each of them,
reads what RUN/data rejected, and writes a row of a table, and on its error output by which reasons the decisions
differ. With white-space words are what it parts, as in Rankwise, where datatrove takes those of spaCy, to which each
mark of punctuation is one.
"""

import ast
import collections
import hashlib
import importlib.metadata
import json
import pathlib
import sys
import sysconfig

LEAST = 300


def documentation():
    for package in importlib.metadata.distributions():
        yield package.metadata.get_payload() or package.metadata.get("Description") or ""
    for path in sorted(pathlib.Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                yield ast.get_docstring(node) or ""


def sample(folder, most):
    texts = {}
    for text in documentation():
        text = text.strip()
        if len(text) >= LEAST:
            texts[hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()] = text
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "texts.jsonl", "w", encoding="utf-8") as out:
        for key in sorted(texts)[:most]:
            out.write(json.dumps({"id": key, "text": texts[key]}) + "\n")


def peer(name, by_white_space):
    from datatrove.pipeline import filters

    if by_white_space:
        for module in (filters.gopher_quality_filter, filters.gopher_repetition_filter):
            module.split_into_words = lambda text, language: text.split()
    if name == "gopher-quality":
        return filters.GopherQualityFilter()
    if name == "gopher-repetition":
        return filters.GopherRepetitionFilter()
    return filters.C4QualityFilter(min_num_sentences=3)


def compare(folder, run, name, by_white_space):
    import pyarrow.parquet as parquet
    from datatrove.data import Document

    rejected = {}
    for path in sorted((run / "data" / "rejections").rglob("*.parquet")):
        for row in parquet.read_table(path).to_pylist():
            rejected[row["row_id"]] = row["reason"]
    rules, counts, differing = peer(name, by_white_space), collections.Counter(), collections.Counter()
    for line in open(folder / "texts.jsonl", encoding="utf-8"):
        row = json.loads(line)
        kept = rules.filter(Document(text=row["text"], id=row["id"]))
        theirs = None if kept is True else kept[1] if isinstance(kept, tuple) else "dropped"
        ours = rejected.get(row["id"])
        counts[ours is not None, theirs is not None] += 1
        if (ours is None) != (theirs is None):
            differing[ours or "kept", theirs or "kept"] += 1
    total = sum(counts.values())
    equal = counts[True, True] + counts[False, False]
    print(
        f"| `{name}`{', words by white space' if by_white_space else ''} | {total} | {counts[True, True] + counts[True, False]} "
        f"| {counts[True, True] + counts[False, True]} | {equal} | {100 * equal / total:.1f} |"
    )
    for (ours, theirs), times in differing.most_common():
        print(f"  {times}: {ours} here, {theirs} there", file=sys.stderr)


if sys.argv[1] == "sample":
    sample(pathlib.Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 5000)
else:
    compare(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4], "white-space" in sys.argv)
