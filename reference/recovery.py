"""Claims and debts. Claims are kept by owner here; `claims.py` shows that units say the same."""
from reference.exact import ZERO
from reference.state import need


def claim(ex, m, side, owner, amount):
    """A loss charged, absorbed, or paid from held money."""
    book = ex.claims.setdefault((m, side), {})
    book[owner] = book.get(owner, ZERO) + amount


def owe(ex, who, m, side, lack):
    """What a declared account lacked is its owner's debt, to the side that is charged for it."""
    if lack > 0:
        debts = ex.debts.setdefault(who, {})
        debts[m, -side] = debts.get((m, -side), ZERO) + lack
        ex.declared[who] = ex.declared.get(who, ZERO) + lack


def credit(ex, who, m, amount):
    """Free cash out of a market: a pledged position's serves the owner's debts first (A62)."""
    if (who, m) in ex.pledged:
        amount -= serve_debts(ex, who, amount)
    ex.free[who] = ex.free.get(who, ZERO) + amount
    return amount


def gift(ex, m, side, amount):
    """Whoever gives pays a side's claims, at most what is owed; returns what it took."""
    taken = min(ex.number(amount), sum(ex.claims.get((m, side), {}).values(), ZERO))
    need(taken > 0, "nothing is owed")
    ex.outside += taken
    pay_claims(ex, (m, side), taken)
    ex.counts["gift"] += 1
    return taken


def serve_debts(ex, who, amount):
    """Returns how much of the amount the owner's debts take, in proportion: each side's claims first, then the cover.
    """
    debts = ex.debts.get(who, {})
    whole = sum(debts.values(), ZERO)
    served = min(amount, whole)
    for key, debt in debts.items() if served else ():
        paid = served * debt / whole
        debts[key] -= paid
        ex.served[who] = ex.served.get(who, ZERO) + paid
        over = paid - pay_claims(ex, key, paid)  # claims of estates are the cover's too: read it afterwards
        ex.markets[key[0]].cover += over
    return served


def pay_claims(ex, key, amount):
    """In proportion to what is owed; an estate's part is the cover's where it was held. Owners collect at the next
    touch.
    """
    book, m = ex.claims.get(key, {}), key[0]
    owed = sum(book.values(), ZERO)
    paid = min(amount, owed)
    if paid:
        for owner, claimed in book.items():
            part = paid * claimed / owed
            book[owner] -= part
            if isinstance(owner, tuple):
                ex.markets[m].cover += part
            else:
                ex.claims_paid[owner, m] = ex.claims_paid.get((owner, m), ZERO) + part
    return paid
