package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ModuleFigures;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.MatchedModule;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The {@code README.md} of an adapter: a function of the adapter and of what is told about it, so
 * the same run gives the same bytes.
 */
final class ModelCard {
  private final AdapterPlan plan;
  private final AdapterCard told;
  private final Optional<ModuleFigures> figures;
  private final StringBuilder text = new StringBuilder();

  private ModelCard(AdapterPlan plan, AdapterCard told) {
    this.plan = plan;
    this.told = told;
    this.figures = ModuleFigures.of(plan);
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
    line("base_model: " + LoadingCode.quoted(told.base()));
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
    figures.ifPresent(it -> row("rank", it.rank()));
    figures.ifPresent(it -> row("alpha", it.alpha()));
    row("scale", plan.method().scaleFormula(spec));
    told.adapters().forEach(this::row);
    if (plan.method() instanceof MoeLora method) {
      row(
          "experts",
          "%s, of which %s compute a token, routed by %s"
              .formatted(
                  experts(method.mixture()),
                  method.mixture().router() == Router.TOKEN
                      ? method.mixture().topK()
                      : method.mixture().experts(),
                  method.mixture().router().name().toLowerCase(Locale.ROOT).replace('_', ' ')));
      if (method.mixture().routesByTask()) {
        row("tasks", String.join(", ", method.mixture().calledTasks()));
      }
    }
    parameters();
    row("trained in full", plan.matched().kept().isEmpty() ? "nothing" : kept());
    List<String> labels = plan.base().labels();
    if (!labels.isEmpty()) {
      row("classes", String.join(", ", labels));
    }
    row("base", told.base());
    row("architecture", plan.base().architecture());
    row("SHA-256 of the base", told.baseSha256());
    if (told.held().isInFourBits()) {
      row("base held in", told.held().text());
    }
    row("made by", "rankwise " + told.version());
    line("");
  }

  private static String experts(ExpertMixture mixture) {
    String kind =
        switch (mixture.kind()) {
          case LORA -> "";
          case DORA -> " of DoRA";
        };
    return mixture.byLayer().isEmpty()
        ? mixture.experts() + kind
        : mixture.byLayer().stream().map(String::valueOf).collect(Collectors.joining(", "))
            + " by layer, from the first up"
            + kind;
  }

  private void parameters() {
    int all = plan.layout().size();
    if (told.still().isEmpty()) {
      row("parameters", count(all));
      return;
    }
    int still = told.still().getAsInt();
    row("trained parameters", count(all - still));
    if (still > 0) {
      row("parameters that stood still", count(still));
    }
  }

  private String kept() {
    return String.join(", ", plan.matched().kept());
  }

  private void modules() {
    line("## Adapted modules");
    line("");
    line(figures.isPresent() ? "| module | rank | scale |" : "| module |");
    line(figures.isPresent() ? "| --- | --- | --- |" : "| --- |");
    Map<String, MatchedModule> byPath = new TreeMap<>();
    plan.matched().adapted().forEach(module -> byPath.put(module.module().path(), module));
    byPath.forEach((path, module) -> line("| %s |%s".formatted(path, ofModule(module))));
    line("");
  }

  private String ofModule(MatchedModule module) {
    return figures.isPresent()
        ? " %s | %s |".formatted(module.rank(), ModuleFigures.number(module.scale()))
        : "";
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
    boolean sees = plan.base().vision().isPresent();
    if (sees) {
      line("## How the base sees");
      line("");
      line("By an embedding of patches, in `vision_embedding.safetensors` and `vora_config.json`,");
      line("which Rankwise loads and PEFT does not.");
      line("");
    }
    if (sees && plan.matched().adapted().isEmpty()) {
      return;
    }
    line("## Loading it with PEFT");
    line("");
    if (!plan.method().loadsInPeft()) {
      line("PEFT has no method that routes experts. Each expert lies in `experts` as an ordinary");
      line("adapter, which is what is loaded here; Rankwise loads the whole.");
      line("");
    }
    if (told.held().isInFourBits() && LoadingCode.askedFor(told.held()).isEmpty()) {
      line("The base was in blocks of a size that transformers cannot ask for: write it in four");
      line("bits first (`rankwise quantize`) and load what is written.");
      line("");
    }
    line("```python");
    LoadingCode.of(plan, told.base(), told.held(), "path/to/this/folder").forEach(this::line);
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
    return value.replaceAll("\\p{Cc}", " ").replace("|", "\\|");
  }

  private static String count(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
