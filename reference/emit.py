"""`python3 -m reference.emit --seed 0 --count 100`: each history as JSON lines, for an engine that replays it and
compares after every step.

    {"begin": seed, "theme": name, "prices": [..], "cover": .., "common": .., "parameters": {..}, "state": {..}}
    {"verb": name, "arguments": {..}, "refused": reason or null, "state": {..}, "report": {..}}    a step
    {"end": seed, "occurred": {what: how often}, "drawn": {tier: amount}, "failed": null or the invariant that broke}

Every instruction is one step, refused ones too, whatever it calls inside; ticks, silence and layers are instructions
like any other. Names, numbers and how a driver compares them: README.md, "Replaying a history".
"""
import argparse
import inspect
import json
import sys

from reference import described
from reference.exact import F
from reference.exchange import Exchange
from reference.histories import History
from reference.state import Refused


def changes(before, after):
    """A merge patch (RFC 7386): what is new or different, and null for what is gone."""
    patch = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            within = changes(old, value)
            if within:
                patch[key] = within
        elif value != old:
            patch[key] = value
    return patch


def merge(state, patch):
    """The state after a merge patch."""
    state = dict(state)
    for key, value in patch.items():
        if value is None:
            state.pop(key, None)
        elif isinstance(value, dict):
            state[key] = merge(state.get(key, {}), value)
        else:
            state[key] = value
    return state


class Emitter:
    """Builds a history's exchange and writes a line for it, and one for each of its instructions."""

    def __init__(self, seed, write):
        self.seed, self.write, self.state, self.reports = seed, write, {}, 0

    def build(self, theme):
        def exchange(prices, cover, common, **parameters):
            ex = Exchange(prices, cover, common, listener=self.hear, grid=True, **parameters)
            built = described.plain({"prices": prices, "cover": cover, "common": common})
            begin = {"begin": self.seed, "theme": theme} | built | {"parameters": vars(ex.parameters)}
            self.write(begin | {"state": self.changed(ex)})
            return ex

        return exchange

    def changed(self, ex):
        before, self.state = self.state, described.exchange(ex)
        return changes(before, self.state)

    def hear(self, ex, verb, args, kwargs, refused):
        line = {"verb": verb.__name__, "arguments": arguments(verb, args, kwargs), "refused": refused}
        line["state"] = self.changed(ex)
        if len(ex.reports) > self.reports:
            line["report"] = described.report(ex.reports[-1])
        self.reports = len(ex.reports)
        self.write(line)


def arguments(verb, args, kwargs):
    """By the names of the verb's parameters, without those left at None; a side by its name."""
    bound = inspect.signature(verb).bind(None, *args, **kwargs).arguments
    given = {name: value for name, value in bound.items() if name != "ex"}
    sides = {name: described.NAMES[given[name]] for name in ("side", "only") if given.get(name)}
    return described.plain(given | sides)


def emit(seed, write):
    """Plays one history and writes its lines; returns whether it held."""
    emitter, failure = Emitter(seed, write), None
    history = History(seed, builder=emitter.build)
    try:
        history.play()
    except (AssertionError, ArithmeticError) as broken:
        failure = repr(broken)
    ex = history.ex
    write({"end": seed, "occurred": described.plain(ex.counts), "drawn": described.plain(ex.drawn), "failed": failure})
    return failure is None


# --- reading what was printed


def argument(name, value):
    """As the verb takes it. F reads a number as it is printed: an integer or "n/d"."""
    if name in ("side", "only"):
        return described.SIGNS[value]
    if name in ("marks", "funding", "averages"):
        return {int(m): F(amount) for m, amount in value.items()}
    return F(value) if name in ("amount", "lots", "price") else value


def build(line):
    """The exchange of a `begin` line."""
    return Exchange([F(price) for price in line["prices"]], line["cover"], line["common"], **line["parameters"])


def replay(ex, line):
    """Plays a printed step; returns the reason of its refusal, or None."""
    given = {name: argument(name, value) for name, value in line["arguments"].items()}
    try:
        getattr(ex, line["verb"])(**given)
    except Refused as refusal:
        return str(refusal)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1, help="how many seeds")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.count)
    held = [emit(seed, lambda line: print(json.dumps(line, separators=(",", ":")))) for seed in seeds]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
