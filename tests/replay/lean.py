"""What dbt does again in every run within one process, and no test looks at.

Three things were almost half of such a process's time (41 CPU seconds of the tests of conversions,
22 without): on which module a flag was declared (a look at every frame and all loaded modules,
which under pytest are many), the same templates compiled again, and the same SQL taken apart again
to put ephemeral models before it. What dbt builds and raises stays as it is.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

KEPT_TEXTS = 4_000  # of some kilobytes each


@cache
def make_lean() -> None:
    """Have dbt of this process, started afterwards, leave that out."""
    from dbt import compilation
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients import jinja

    BehaviorFlagRendered._default_source = staticmethod(  # type: ignore[method-assign]
        lambda: "not looked for"
    )
    jinja.MacroFuzzEnvironment.compile = _once_per_text(  # type: ignore[method-assign]
        jinja.MacroFuzzEnvironment.compile
    )
    inject = compilation.inject_ctes_into_sql
    cte_class = compilation.InjectedCTE  # type: ignore[attr-defined]

    @lru_cache(KEPT_TEXTS)
    def injected(sql: str, ctes: tuple[tuple[str, str], ...]) -> str:
        return inject(sql, [cte_class(*cte) for cte in ctes])

    compilation.inject_ctes_into_sql = lambda sql, ctes: injected(
        sql, tuple((cte.id, cte.sql) for cte in ctes)
    )


def _once_per_text(compile_: Callable[..., Any]) -> Callable[..., Any]:
    """Jinja's compiler, which makes the same code of a text in every environment of a class."""
    known: dict[tuple[type, str], Any] = {}

    def compiled(self: Any, source: str, *where: Any, **how: Any) -> Any:
        if where or how:
            return compile_(self, source, *where, **how)
        key = (type(self), source)
        if key not in known:
            known[key] = compile_(self, source)
        return known[key]

    return compiled
