package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.LoopState;
import dev.rankwise.datasets.template.Special.Macro;
import dev.rankwise.datasets.template.Special.Namespace;
import dev.rankwise.datasets.template.Special.Undefined;
import java.util.ArrayList;
import java.util.List;

/** Carries out statements: one rendering of one template. */
final class Interpreter {
  private final Budget budget;
  private final Evaluator evaluator;
  private final List<int[]> generated = new ArrayList<>();
  private StringBuilder output = new StringBuilder();
  private int loops;

  Interpreter(TemplateBounds bounds) {
    this.budget = new Budget(bounds);
    this.evaluator = new Evaluator(budget, this::call);
  }

  ChatTemplate.Rendered run(List<Statement> statements, Scope scope) {
    carryOut(statements, scope);
    return new ChatTemplate.Rendered(output.toString(), generated, budget.work());
  }

  /** How a list of statements ended. */
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  private Flow carryOut(List<Statement> statements, Scope scope) {
    budget.enter();
    Flow flow = Flow.ON;
    for (int i = 0; flow == Flow.ON && i < statements.size(); i++) {
      budget.step();
      flow = carryOut(statements.get(i), scope);
    }
    budget.leave();
    return flow;
  }

  private Flow carryOut(Statement statement, Scope scope) {
    if (statement instanceof Statement.Data data) {
      write(data.text());
    } else if (statement instanceof Statement.Print print) {
      write(Values.printed(evaluator.value(print.value(), scope), budget));
    } else if (statement instanceof Statement.If condition) {
      boolean holds = Values.isTrue(evaluator.value(condition.condition(), scope));
      return carryOut(holds ? condition.then() : condition.otherwise(), scope);
    } else if (statement instanceof Statement.For loop) {
      return loop(loop, scope);
    } else if (statement instanceof Statement.Set set) {
      assign(set.targets(), evaluator.value(set.value(), scope), scope);
    } else if (statement instanceof Statement.SetMember set) {
      setMember(set, scope);
    } else if (statement instanceof Statement.SetText set) {
      scope.set(set.target(), captured(set.body(), new Scope(scope)));
    } else if (statement instanceof Statement.Macro macro) {
      scope.set(macro.name(), new Macro(macro, scope));
    } else if (statement instanceof Statement.Generation generation) {
      int start = output.length();
      Flow flow = carryOut(generation.body(), scope);
      generated.add(new int[] {start, output.length()});
      return flow;
    } else {
      return statement instanceof Statement.Break ? Flow.BREAK : Flow.CONTINUE;
    }
    return Flow.ON;
  }

  private void write(String text) {
    budget.text(text.length());
    output.append(text);
    budget.growing(output);
  }

  private Flow loop(Statement.For loop, Scope scope) {
    List<Object> items = Values.items(evaluator.value(loop.items(), scope), budget);
    if (loop.condition() != null) {
      List<Object> kept = new ArrayList<>();
      for (Object item : items) {
        Scope inner = new Scope(scope);
        assign(loop.targets(), item, inner);
        if (Values.isTrue(evaluator.value(loop.condition(), inner))) {
          kept.add(item);
        }
      }
      items = kept;
    }
    if (items.isEmpty()) {
      return carryOut(loop.otherwise(), new Scope(scope));
    }
    loops++;
    for (int i = 0; i < items.size(); i++) {
      budget.step();
      Scope inner = new Scope(scope);
      assign(loop.targets(), items.get(i), inner);
      inner.set("loop", new LoopState(i, items, loops));
      if (carryOut(loop.body(), inner) == Flow.BREAK) {
        break;
      }
    }
    loops--;
    return Flow.ON;
  }

  private void assign(List<String> targets, Object value, Scope scope) {
    if (targets.size() == 1) {
      scope.set(targets.get(0), value);
      return;
    }
    List<Object> parts = Values.items(value, budget);
    if (parts.size() != targets.size()) {
      throw TemplateException.fault(
          "%s values stand where %s are needed".formatted(parts.size(), targets.size()));
    }
    for (int i = 0; i < parts.size(); i++) {
      scope.set(targets.get(i), parts.get(i));
    }
  }

  private void setMember(Statement.SetMember set, Scope scope) {
    if (!(scope.get(set.space()) instanceof Namespace space)) {
      throw TemplateException.fault(
          "line %s sets a member of \"%s\", which is no namespace"
              .formatted(set.line(), set.space()));
    }
    space.members().put(set.name(), evaluator.value(set.value(), scope));
  }

  private String captured(List<Statement> body, Scope scope) {
    StringBuilder around = output;
    output = new StringBuilder();
    carryOut(body, scope);
    String text = output.toString();
    output = around;
    return text;
  }

  private String call(Macro macro, Given given) {
    Statement.Macro statement = macro.statement();
    if (given.positional().size() > statement.parameters().size()
        || !statement.parameters().containsAll(given.named().keySet())) {
      throw TemplateException.fault(
          "macro \"%s\" is given more than it takes".formatted(statement.name()));
    }
    Scope scope = new Scope(macro.scope());
    for (int i = 0; i < statement.parameters().size(); i++) {
      String name = statement.parameters().get(i);
      Object value = given.get(i, name, Undefined.UNNAMED);
      if (value == Undefined.UNNAMED) {
        Expression usual = statement.defaults().get(i);
        value = usual == null ? new Undefined(name) : evaluator.value(usual, scope);
      }
      scope.set(name, value);
    }
    return captured(statement.body(), scope);
  }
}
