package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.plan.AdapterMethods;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import dev.rankwise.pipeline.tune.LoraPlus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** All keys of a recipe, in the order in which they are written and documented. */
final class RecipeKeys {
  /** The section whose keys are Spark's own. */
  static final String SPARK = "spark";

  static final double DEFAULT_TEST_FRACTION = 0.1;
  static final double DEFAULT_WARMUP_FRACTION = 0.06;

  /** The shapes that need no number beside the warm-up. */
  static final List<RateShape> SHAPES =
      Arrays.stream(RateShape.values())
          .filter(shape -> shape != RateShape.COSINE_WITH_MINIMUM)
          .toList();

  private static final Map<String, RecipeKey> ALL = byName();
  private static final Map<String, String> SECTIONS = sectionMeanings();

  private RecipeKeys() {}

  /** All keys. */
  static List<RecipeKey> all() {
    return List.copyOf(ALL.values());
  }

  /** The keys of a section. */
  static List<RecipeKey> of(String section) {
    return ALL.values().stream().filter(key -> key.section().equals(section)).toList();
  }

  /** The key of that full name. */
  static Optional<RecipeKey> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The sections with what they are about, in order. */
  static Map<String, String> sections() {
    return SECTIONS;
  }

  private static Map<String, String> sectionMeanings() {
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("base", "The frozen model.");
    sections.put("data", "Rows, and how they become examples.");
    sections.put("adapter", "What is trained, with PEFT's meanings.");
    sections.put("train", "The optimizer's steps.");
    sections.put("evaluate", "What is measured on the held-out rows.");
    sections.put("output", "Where the run folder lies.");
    sections.put("nightly", "What `nightly` does around a run; see [nightly](nightly.md).");
    sections.put("tracking", "Who is told of runs; see [monitoring](monitoring.md#mlflow).");
    sections.put(SPARK, "`spark.master` and any other setting of Spark.");
    return Collections.unmodifiableMap(sections);
  }

  private static Map<String, RecipeKey> byName() {
    List<RecipeKey> keys = new ArrayList<>();
    keys.addAll(base());
    keys.addAll(SequenceSection.TaskRows.keys());
    keys.addAll(rows());
    keys.addAll(SequenceSection.PictureRows.keys());
    keys.addAll(splitAndExamples());
    keys.addAll(DataSection.preparedKeys());
    keys.addAll(CleaningSection.keys());
    keys.addAll(sequences());
    keys.addAll(adapter());
    keys.addAll(besideFactors());
    keys.addAll(MethodKeys.all());
    keys.addAll(steps());
    keys.addAll(optimizer());
    keys.addAll(TrainSection.safeguards());
    keys.addAll(evaluateAndOutput());
    keys.add(EvaluateSection.Gate.key());
    keys.addAll(OutputSection.Nightly.keys());
    keys.addAll(OutputSection.Tracking.keys());
    Map<String, RecipeKey> byName = new LinkedHashMap<>();
    keys.forEach(key -> byName.put(key.name(), key));
    return Collections.unmodifiableMap(byName);
  }

  private static List<RecipeKey> base() {
    return List.of(
        RecipeKey.of(
                "base.model",
                KeyType.text(),
                "the base: `minilm`, a folder by path, `file:`, `hdfs:` or `s3a:`, a repository of"
                    + " the hub by `hf:org/name@revision`, or a folder of the class path by"
                    + " `jar:/folder`; see [bases](bases.md)")
            .otherwise("required"),
        RecipeKey.of(
                "base.dtype",
                KeyType.choice(Words.all(List.of(BaseType.values()))),
                "element type in which the base is held and multiplied")
            .otherwise("`float32`; `bfloat16` with `base.quantization`")
            .decidingBits(),
        RecipeKey.of(
                "base.quantization",
                KeyType.choice(BaseForm.labels()),
                "four bits in which the weights of linear modules are held, normal floats (nf4) or"
                    + " plain ones (fp4), in blocks of 64 or 128; a byte for a block's scale, or with"
                    + " `single` a float32; see [bases](bases.md)")
            .byDefault(BaseForm.DENSE.label())
            .decidingBits());
  }

  private static List<RecipeKey> rows() {
    return List.of(
        RecipeKey.of(
                "data.format",
                KeyType.choice(
                    Arrays.stream(SourceFormat.values()).map(SourceFormat::label).toList()),
                "format of the files")
            .otherwise("by the extension"),
        RecipeKey.of("data.text-column", KeyType.text(), "the column with the text")
            .byDefault("text"),
        RecipeKey.of("data.label-column", KeyType.text(), "the column with the label")
            .byDefault("label"),
        RecipeKey.of(
                "data.key-column", KeyType.text(), "the column with a row's own, stable identifier")
            .otherwise("a hash of text and label, or of the conversation"));
  }

  private static List<RecipeKey> splitAndExamples() {
    return List.of(
        RecipeKey.of(
                "data.test-rows",
                KeyType.whole("[0, inf)"),
                "how many rows, in the order of their keys' hashes, are held out")
            .in("rows")
            .otherwise("none"),
        RecipeKey.of(
                "data.train-rows",
                KeyType.whole("[1, inf)"),
                "how many of the rows after those are trained on")
            .in("rows")
            .otherwise("all that are left"),
        RecipeKey.of(
                "data.test-fraction",
                KeyType.number("[0, 1)"),
                "share of the rows that is held out, by the hash of a row's key")
            .otherwise(
                DEFAULT_TEST_FRACTION
                    + " unless `test-rows`, `train-rows` or `evaluation-source` is given"),
        RecipeKey.of(
                "data.evaluation-source",
                KeyType.text(),
                "rows to hold out that lie elsewhere, in any form of `source`; rows of `source` with"
                    + " the text of one of them are not trained on")
            .otherwise("none"),
        RecipeKey.of(
                "data.max-tokens",
                KeyType.whole("[3, 1048576]"),
                "longest example, special tokens included; a longer text is cut")
            .in("tokens")
            .otherwise(
                PreparationSettings.DEFAULT_MAXIMUM_TOKENS
                    + " for labelled text and "
                    + SequenceSettings.DEFAULT_MAXIMUM_TOKENS
                    + " for conversations, or what the base takes if less"),
        RecipeKey.of(
                "data.max-characters",
                KeyType.whole("[1, 100000000]"),
                "longest text; a longer one is a counted rejection")
            .in("characters")
            .byDefault((long) RowLimits.DEFAULT_MAXIMUM_CHARACTERS),
        RecipeKey.of("data.labels", KeyType.texts(), "the classes, in the order of their numbers")
            .otherwise("those of the training rows, sorted"),
        RecipeKey.of(
                "data.unknown-labels",
                KeyType.choice(Words.all(List.of(UnknownLabels.values()))),
                "what a row of another label does: it is counted and left out, or nothing is"
                    + " prepared")
            .byDefault(Words.of(UnknownLabels.REJECT)));
  }

  private static List<RecipeKey> sequences() {
    List<String> forms =
        concat(List.of(SequenceSection.LABELLED, SequenceSection.AUTO), RowForm.labels());
    return List.of(
        RecipeKey.of(
                "data.row-format",
                KeyType.choice(forms),
                "what a row is: a text with a label, or a conversation or text that a causal"
                    + " language model learns; `auto` goes by the base, and for a decoder by the"
                    + " columns")
            .byDefault(SequenceSection.AUTO),
        RecipeKey.of(
                "data.columns",
                KeyType.textByName(),
                "columns of conversations that are called otherwise, by the name that the row"
                    + " format gives them")
            .byDefault(Map.of()),
        RecipeKey.of(
                "data.chat-format",
                KeyType.choice(concat(List.of(SequenceSection.TEMPLATE), ChatFormat.labels())),
                "how a conversation is written; `template` is the base's own")
            .otherwise(
                "`alpaca` for alpaca rows, `plain` for prompts with completions and for texts,"
                    + " `template` for lists of turns"),
        RecipeKey.of(
                "data.train-on",
                KeyType.choice(Words.all(List.of(TrainOn.values()))),
                "which turns of a conversation are trained on, each with the mark that ends it; a"
                    + " turn's own `train` or `weight` goes before it")
            .byDefault(Words.of(TrainOn.ASSISTANT)),
        RecipeKey.of(
                "data.truncation",
                KeyType.choice(Words.all(List.of(Truncation.values()))),
                "what becomes of a conversation with more than `max-tokens`: cut at its end, at its"
                    + " start, dropped, or split")
            .byDefault(Words.of(Truncation.RIGHT)),
        RecipeKey.of(
                "data.packing",
                KeyType.choice(Words.all(List.of(Packing.values()))),
                "whether conversations share sequences of `max-tokens`; they never see each other")
            .byDefault(Words.of(Packing.BEST_FIT)));
  }

  private static List<String> concat(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static List<RecipeKey> adapter() {
    AdapterSpec usual = AdapterSpec.of(AdapterMethods.names().get(0));
    return List.of(
        adapter("method", KeyType.choice(AdapterMethods.names()), "the method")
            .byDefault(usual.method()),
        adapter("rank", KeyType.whole("[1, 65536]"), "rank of the update of each module")
            .byDefault((long) usual.rank()),
        adapter("alpha", KeyType.number("(0, inf)"), "numerator of the update's scale")
            .byDefault(usual.alpha()),
        adapter(
                "dropout",
                KeyType.number("[0, 1)"),
                "share of an adapted module's input that training drops; the rest is made larger by"
                    + " 1 / (1 - dropout)")
            .byDefault(usual.dropout()),
        adapter(
                "use-rslora",
                KeyType.truth(),
                "scale by alpha over the root of the rank, instead of alpha over the rank")
            .byDefault(false),
        adapter(
                "initialisation",
                KeyType.choice(Words.all(List.of(AdapterSpec.Initialisation.values()))),
                "how the factors start: the first at random and the second at 0, or with `pissa` both as"
                    + " the largest part of the weight")
            .byDefault(Words.of(usual.initialisation())),
        adapter(
                "targets",
                KeyType.modules(),
                "modules to adapt: names or ends of paths, `all-linear`, or a regular expression"
                    + " over whole paths")
            .otherwise("the usual ones of the base"),
        adapter(
                "exclude",
                KeyType.modules(),
                "modules never to adapt: names or ends of paths, or a regular expression")
            .otherwise("none"),
        adapter("layers", KeyType.wholes(), "numbers of the layers to adapt, from 0")
            .otherwise("all"),
        adapter("layers-pattern", KeyType.texts(), "names of the list of layers in the base")
            .otherwise("any"),
        adapter(
                "rank-pattern",
                KeyType.wholeByPattern(),
                "other ranks by module; the first expression that matches counts")
            .byDefault(Map.of()),
        adapter(
                "alpha-pattern",
                KeyType.numberByPattern(),
                "other alphas by module; the first expression that matches counts")
            .byDefault(Map.of()),
        adapter(
                "modules-to-save",
                KeyType.texts(),
                "modules trained whole and saved with the adapter; the classifier always is")
            .byDefault(List.of()));
  }

  private static List<RecipeKey> besideFactors() {
    return List.of(
        adapter(
                "use-dora",
                KeyType.truth(),
                "whether `lora`, or an expert of `moe-lora`, is DoRA's")
            .byDefault(false),
        adapter(
                "bias",
                KeyType.choice(Words.all(List.of(TrainedBeside.BaseBiases.values()))),
                "which biases of the base are trained: none, those of adapted modules, or all")
            .byDefault(Words.of(TrainedBeside.BaseBiases.NONE)),
        adapter(
                "lora-bias",
                KeyType.truth(),
                "whether the second factor has a bias; merging needs a bias of the module's own")
            .byDefault(false),
        adapter(
                "trainable-token-indices",
                KeyType.wholes(),
                "token ids whose vectors are trained, such as those of added tokens")
            .otherwise("none"));
  }

  private static List<RecipeKey> steps() {
    return List.of(
        train("seed", KeyType.seed(), "where initial values and the order of examples come from")
            .byDefault(0L),
        train("epochs", KeyType.number("(0, inf)"), "how often each example is seen")
            .byDefault(1.0),
        train("max-steps", KeyType.whole("[1, inf)"), "the run ends after so many steps at most")
            .in("steps")
            .otherwise("no limit"),
        train("batch-size", KeyType.whole("[1, inf)"), "examples of one step, on all executors")
            .in("examples")
            .byDefault(32L),
        train(
                "groups",
                KeyType.whole("[1, " + PlanSettings.MAXIMUM_GROUPS + "]"),
                "Spark tasks of one step; more executor cores than groups stand idle")
            .byDefault(8L),
        train(
                "micro-batch-tokens",
                KeyType.whole("[1, inf)"),
                "most tokens of one forward pass; fewer take less memory")
            .in("tokens")
            .byDefault(4096L),
        train(
                "non-finite",
                KeyType.choice(Words.all(List.of(GradientPolicy.values()))),
                "what a gradient that is not finite does: it ends the run, its step is left out, or"
                    + " the learning rate is halved from there on as well")
            .byDefault(Words.of(GradientPolicy.STOP)),
        train(
                "last-step",
                KeyType.choice(Words.all(List.of(LastStep.values()))),
                "examples that do not fill the last step are left out, or make a smaller one")
            .byDefault(Words.of(LastStep.DROP)),
        train(
                "adapter-compute",
                KeyType.choice(Words.all(List.of(BaseType.values()))),
                "element type of the adapter's products; its parameters stay float32")
            .byDefault(Words.of(BaseType.FLOAT32)),
        RecipeKey.of(
                "train.activations",
                KeyType.choice(Words.all(List.of(BlockActivations.values()))),
                "whether the backward pass finds the blocks' intermediate results, or computes them"
                    + " again to save memory; the adapter's bytes are the same")
            .byDefault(Words.of(BlockActivations.KEPT)),
        RecipeKey.of("train.threads", KeyType.whole("[1, 1024]"), "native threads of one task")
            .in("threads")
            .otherwise("`spark.task.cpus`"));
  }

  private static List<RecipeKey> optimizer() {
    return List.of(
        train("learning-rate", KeyType.number("(0, inf)"), "highest learning rate").byDefault(5e-4),
        train("schedule", KeyType.choice(Words.all(SHAPES)), "how the learning rate runs")
            .byDefault(Words.of(RateShape.LINEAR)),
        train(
                "warmup-fraction",
                KeyType.number("[0, 1]"),
                "share of the steps in which the learning rate rises")
            .otherwise(DEFAULT_WARMUP_FRACTION + " unless `warmup-steps` is given"),
        train(
                "warmup-steps",
                KeyType.whole("[0, inf)"),
                "number of steps in which the learning rate rises")
            .in("steps")
            .otherwise("none"),
        train("weight-decay", KeyType.number("[0, inf)"), "weight decay of AdamW").byDefault(0.01),
        train(
                "loraplus-ratio",
                KeyType.number("(0, inf)"),
                "LoRA+: how many times as fast the second factors and vectors learn")
            .otherwise("none: one rate for all"),
        train(
                "loraplus-embedding-rate",
                KeyType.number("(0, inf)"),
                "LoRA+: highest learning rate of an embedding's factors")
            .byDefault(LoraPlus.USUAL_EMBEDDING_RATE),
        train(
                "loraplus-magnitudes",
                KeyType.choice(Words.all(List.of(LoraPlus.Magnitudes.values()))),
                "LoRA+: whether DoRA's magnitudes learn as fast, or at the rate itself without decay")
            .byDefault(Words.of(LoraPlus.Magnitudes.FAST)),
        train("beta1", KeyType.number("[0, 1)"), "decay of AdamW's mean gradient").byDefault(0.9),
        train("beta2", KeyType.number("[0, 1)"), "decay of AdamW's mean square").byDefault(0.999),
        train(
                "epsilon",
                KeyType.number("(0, inf)"),
                "what AdamW adds to the root of the mean square")
            .byDefault(1e-8),
        train(
                "max-grad-norm",
                KeyType.number("[0, inf)"),
                "gradient norm to clip at; 0 never clips")
            .byDefault(1.0));
  }

  private static List<RecipeKey> evaluateAndOutput() {
    return List.of(
        RecipeKey.of(
                "evaluate.frozen-base",
                KeyType.truth(),
                "whether the frozen base is measured beside the adapter: a classifier with only its"
                    + " head trained, a decoder as it is")
            .byDefault(true),
        RecipeKey.of(
                "evaluate.frozen-base-learning-rate",
                KeyType.number("(0, inf)"),
                "learning rate of the head of that classifier")
            .byDefault(1e-2),
        RecipeKey.of(
                "evaluate.micro-batch-tokens",
                KeyType.whole("[1, inf)"),
                "most tokens of one forward pass")
            .in("tokens")
            .byDefault(512L),
        RecipeKey.of(
                "evaluate.every-steps",
                KeyType.whole("[1, inf)"),
                "how often the loss on the held-out rows is measured on the way; what the run gives"
                    + " is the model for which it was lowest")
            .in("steps")
            .otherwise("the model of the last step")
            .decidingBits(),
        RecipeKey.of(
                "evaluate.patience",
                KeyType.whole("[1, inf)"),
                "how many of these measurements in a row may be no better than the best before them"
                    + " until the run ends early")
            .otherwise("it never ends for that")
            .decidingBits(),
        RecipeKey.of("output.directory", KeyType.text(), "path or address; `--out` goes before it")
            .otherwise("named by `--out`"),
        RecipeKey.of(
                "output.checkpoint-every-steps",
                KeyType.whole("[1, inf)"),
                "how often a run leaves what it needs to go on after it was interrupted")
            .in("steps")
            .byDefault(50L),
        RecipeKey.of(
                "output.checkpoints-kept",
                KeyType.whole("[1, inf)"),
                "how many of the newest checkpoints stay")
            .byDefault(2L),
        RecipeKey.of(
                "output.checkpoint-directory",
                KeyType.text(),
                "where checkpoints go: a path, or an address of HDFS or an object store; one run"
                    + " each")
            .otherwise("`checkpoints` in the run folder"),
        RecipeKey.of(
                "output.model-dtype",
                KeyType.choice(Words.all(List.of(BaseType.values()))),
                "element type of the weights that method `full` writes")
            .otherwise("as `base.dtype`")
            .decidingBits());
  }

  private static RecipeKey adapter(String name, KeyType type, String meaning) {
    return RecipeKey.of("adapter." + name, type, meaning).decidingBits();
  }

  private static RecipeKey train(String name, KeyType type, String meaning) {
    return RecipeKey.of("train." + name, type, meaning).decidingBits();
  }
}
