import type { FunctionSyntax, Parameter } from '../syntax.ts';
import { enclosing } from '../walk.ts';

/** What an expression in a Go function can take the caller's context from. */
export interface GoContext {
  /** `ctx`, `r.Context()`, `c.Request.Context()`: write this. */
  readonly expression: string;
  /** The parameter. */
  readonly name: string;
  /** The function that has the parameter; a closure inside it sees it too. */
  readonly function: FunctionSyntax;
}

/** Types of parameters that carry the caller's context → how it is taken out of them. */
const carriers: { readonly [type: string]: string | undefined } = {
  'context.Context': '',
  '*http.Request': '.Context()',
  '*gin.Context': '.Request.Context()',
  'echo.Context': '.Request().Context()',
  '*echo.Context': '.Request().Context()',
  '*fiber.Ctx': '.UserContext()',
};

/** The context that the caller gave to a Go function or to one around it; `_` and contexts that are made inside do not count. */
export function goContext(innermost: FunctionSyntax | undefined): GoContext | undefined {
  for (const made of enclosing(innermost)) {
    const found = made.parameters.find(parameter => taken(parameter) !== undefined);
    if (found !== undefined)
      return { expression: `${found.name}${taken(found)}`, name: found.name, function: made };
  }
  return undefined;
}

function taken({ name, typeName }: Parameter): string | undefined {
  return name === '' || name === '_' || typeName === undefined ? undefined : carriers[typeName];
}
