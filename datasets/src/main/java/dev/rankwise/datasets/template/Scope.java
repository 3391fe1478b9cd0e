package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Undefined;
import java.util.LinkedHashMap;
import java.util.Map;

/** Variables by name, those of the scopes around it included. */
final class Scope {
  private final Scope around;
  private final Map<String, Object> variables = new LinkedHashMap<>();

  Scope(Scope around) {
    this.around = around;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  /** The value of a variable; undefined where there is none. */
  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.around) {
      if (scope.variables.containsKey(name)) {
        return scope.variables.get(name);
      }
    }
    return new Undefined(name);
  }
}
