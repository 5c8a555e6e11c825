def is_custom(c): return c is not None and "\n" in c
def check(c, e, p): return None if e.split()==p.split() else "differs"
