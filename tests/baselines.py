"""The numbers that are kept, of `tests/baselines.json`, for `tests/baselines.sh`:

- `instructions`: turns what gungraun prints into the numbers of its section;
- `compare FOLDER`: compares the numbers measured, `FOLDER/<section>.json`, with those kept; fails if one is further away than
  the section's margin, or was kept and not measured, or the other way round;
- `renew FOLDER`: keeps the numbers measured.

A section that was not measured stays as it is.
"""

import json
import pathlib
import sys

KEPT = pathlib.Path(__file__).with_suffix(".json")


def instructions():
    numbers = {}
    for line in sys.stdin:
        benchmark = json.loads(line)
        name = f"{benchmark['function_name']} {benchmark['id'].replace('_', ' ')}"
        (profile,) = benchmark["profiles"]
        numbers[name] = profile["data"]["total"]["metrics"]["Ir"]["values"]["new"]
    print(json.dumps(numbers))


def complaints(kept, numbers):
    """Says of each number what is wrong with it."""
    margin = kept["margin_percent"]
    for name in sorted(kept["numbers"].keys() | numbers.keys()):
        before, now = kept["numbers"].get(name), numbers.get(name)
        if now is None:
            yield f"`{name}` is kept, but was not measured"
        elif before is None:
            yield f"`{name}` is {now}, and none is kept"
        elif abs(now - before) * 100 > margin * before:
            change = f"{abs(now - before) * 100 / before:.1f} %" if before else "all"
            word = "worse" if now > before else "better"
            yield f"`{name}` is {now}, {change} {word} than {before} (margin: {margin} %)"


def main():
    if sys.argv[1:] == ["instructions"]:
        return instructions()
    task, folder = sys.argv[1:]
    kept = json.loads(KEPT.read_text())
    measured = {
        file.stem: json.loads(file.read_text())
        for file in sorted(pathlib.Path(folder).glob("*.json"))
    }
    if task == "renew":
        for section, numbers in measured.items():
            kept[section]["numbers"] = dict(sorted(numbers.items()))
        KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    wrong = 0
    for section in kept:
        if section not in measured:
            print(f"{section}: not measured")
            continue
        found = list(complaints(kept[section], measured[section]))
        print(f"{section}: {len(measured[section])} numbers, {len(found)} to look at")
        for complaint in found:
            print(f"  {complaint}")
        wrong += len(found)
    if wrong:
        sys.exit("what is better is kept, and what is worse explained, by `bash tests/baselines.sh --renew`")


if __name__ == "__main__":
    main()
