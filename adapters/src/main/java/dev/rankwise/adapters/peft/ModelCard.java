package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.config.ModelTask;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code README.md} of an adapter: a function of the adapter and of what is told about it, so
 * the same run gives the same bytes.
 */
final class ModelCard {
  private final AdapterPlan plan;
  private final AdapterCard told;
  private final StringBuilder text = new StringBuilder();

  private ModelCard(AdapterPlan plan, AdapterCard told) {
    this.plan = plan;
    this.told = told;
  }

  /** The text of the card. */
  static String print(AdapterPlan plan, AdapterCard told) {
    ModelCard card = new ModelCard(plan, told);
    card.frontMatter();
    card.adapter();
    card.modules();
    card.table("Training data", "what", told.data());
    card.table("Evaluation", "figure", told.evaluation());
    card.loading();
    return card.text.toString();
  }

  private void frontMatter() {
    line("---");
    line("base_model: " + quoted(told.base()));
    line("library_name: peft");
    line("tags:");
    line("- " + plan.method().name());
    line("- rankwise");
    line("---");
    line("");
  }

  private void adapter() {
    AdapterSpec spec = plan.spec();
    line("# Adapter for " + cell(told.base()));
    line("");
    line("| property | value |");
    line("| --- | --- |");
    row("method", plan.method().name());
    row("rank", Integer.toString(spec.rank()));
    row("alpha", number(spec.alpha()));
    row("scale", plan.method().scaleFormula(spec));
    row("trained parameters", String.format(Locale.ROOT, "%,d", plan.layout().size()));
    row("trained in full", plan.matched().kept().isEmpty() ? "nothing" : kept());
    List<String> labels = plan.base().labels();
    if (!labels.isEmpty()) {
      row("classes", String.join(", ", labels));
    }
    row("base", told.base());
    row("architecture", plan.base().architecture());
    row("SHA-256 of the base", told.baseSha256());
    row("made by", "rankwise " + told.version());
    line("");
  }

  private String kept() {
    return String.join(", ", plan.matched().kept());
  }

  private void modules() {
    line("## Adapted modules");
    line("");
    line("| module | rank | scale |");
    line("| --- | --- | --- |");
    Map<String, MatchedModule> byPath = new TreeMap<>();
    plan.matched().adapted().forEach(module -> byPath.put(module.module().path(), module));
    byPath.forEach(
        (path, module) ->
            line("| %s | %s | %s |".formatted(path, module.rank(), number(module.scale()))));
    line("");
  }

  private void table(String title, String head, Map<String, String> rows) {
    if (rows.isEmpty()) {
      return;
    }
    line("## " + title);
    line("");
    line("| " + head + " | value |");
    line("| --- | --- |");
    rows.forEach(this::row);
    line("");
  }

  private void loading() {
    String type =
        switch (plan.base().task()) {
          case SEQUENCE_CLASSIFICATION -> "AutoModelForSequenceClassification";
          case CAUSAL_LANGUAGE_MODEL -> "AutoModelForCausalLM";
          case HIDDEN_STATES, PRETRAINING -> "AutoModel";
        };
    String classes =
        plan.base().task() == ModelTask.SEQUENCE_CLASSIFICATION
            ? ", num_labels=" + plan.base().labels().size()
            : "";
    line("## Loading it with PEFT");
    line("");
    line("```python");
    line("from peft import PeftModel");
    line("from transformers import " + type);
    line("");
    line("base = %s.from_pretrained(%s%s)".formatted(type, quoted(told.base()), classes));
    line("model = PeftModel.from_pretrained(base, \"path/to/this/folder\")");
    line("```");
  }

  private void row(String name, String value) {
    line("| " + cell(name) + " | " + cell(value) + " |");
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  /** A table's cell is one line and holds no bar of its own. */
  private static String cell(String value) {
    return value.replaceAll("\\p{Cntrl}", " ").replace("|", "\\|");
  }

  /** A double-quoted text, as YAML and Python both read it. */
  private static String quoted(String value) {
    String line = value.replaceAll("\\p{Cntrl}", " ");
    return '"' + line.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
