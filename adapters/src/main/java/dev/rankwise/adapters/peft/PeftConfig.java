package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.dora.Dora;
import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.AdapterMethods;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * An {@code adapter_config.json} of one of PEFT's methods that are listed in {@link AdapterMethods}
 * (peft 0.21), or of a mixture of LoRA experts, which is ours and extends LoRA's.
 *
 * <p>Read are the fields that decide what the adapter computes; absent ones take PEFT's defaults. A
 * field of a variant that is not built here is refused by name when it asks for anything, and so is
 * a field that this version does not know: to pass over it would change the function in silence.
 *
 * @param spec what it asks for
 * @param base {@code base_model_name_or_path}; empty if it names none
 * @param fanInFanOut the field of that name: whether weights are stored (in, out)
 */
public record PeftConfig(AdapterSpec spec, String base, boolean fanInFanOut) {
  /** Name of the file. */
  public static final String FILE = "adapter_config.json";

  private static final String LORA = "LORA";
  private static final String DORA = new Dora().name();
  private static final String TYPE = "peft_type";
  private static final long MAXIMUM_BYTES = 16L << 20;

  /** Fields that change which modules are adapted or what they compute, and are not built here. */
  private static final List<String> VARIANTS =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "ensure_weight_tying",
          "kasa_config",
          "layer_replication",
          "monteclora_config",
          "target_parameters",
          "use_bdlora",
          "use_qalora",
          "velora_config");

  /** Fields that are read above, or that say nothing of what a finished adapter computes. */
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "alpha_pattern",
          "auto_mapping",
          "base_model_name_or_path",
          "bias",
          "corda_config",
          "eva_config",
          "exclude_modules",
          "fan_in_fan_out",
          "inference_mode",
          "init_lora_weights",
          "layers_pattern",
          "layers_to_transform",
          "loftq_config",
          "lora_alpha",
          "lora_bias",
          "lora_dropout",
          "lora_ga_config",
          "megatron_config",
          "megatron_core",
          "modules_to_save",
          "peft_type",
          "peft_version",
          "qalora_group_size",
          "r",
          "rank_pattern",
          "revision",
          "runtime_config",
          "target_modules",
          "task_type",
          "trainable_token_indices",
          "use_dora",
          "use_rslora");

  private static final List<String> BIASES =
      Stream.of(BaseBiases.values()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();

  /** Ways of starting that leave the base as it is, so that a finished adapter stands by itself. */
  private static final Set<String> HARMLESS_STARTS =
      Set.of("true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\"");

  /** Whether it asks for DoRA. */
  public boolean dora() {
    return spec.method().equals(DORA);
  }

  /**
   * Reads a file.
   *
   * @throws dev.rankwise.models.failure.CorruptFileException if it is not such a file
   * @throws UserInputException if it asks for something that is not supported, or for nonsense
   */
  public static PeftConfig read(Path file) {
    PeftFields fields = new PeftFields(file, StrictJson.read(file, MAXIMUM_BYTES));
    AdapterMethod method = method(fields);
    requireSupported(fields, method);
    boolean mixture = method instanceof MoeLora;
    boolean adaLora = method instanceof AdaLora;
    AdapterSpec spec =
        new AdapterSpec(
            method.name(),
            adaLora ? AllocationFields.initialRank(fields) : fields.integer("r", 8),
            fields.number("lora_alpha", 8),
            fields.number("lora_dropout", 0),
            fields.flag("use_rslora")
                ? AdapterSpec.Scaling.BY_ROOT_OF_RANK
                : AdapterSpec.Scaling.BY_RANK,
            initialisation(fields),
            fields.modules("target_modules"),
            fields.modules("exclude_modules"),
            fields.integers("layers_to_transform"),
            fields.texts("layers_pattern"),
            adaLora ? Map.of() : fields.integerByPattern("rank_pattern"),
            fields.numberByPattern("alpha_pattern"),
            fields.texts("modules_to_save"),
            beside(fields),
            fields.text("task_type", ""),
            fields.object("auto_mapping"),
            adaLora ? AllocationFields.read(fields) : RankAllocation.usual(),
            mixture ? MixtureFields.read(fields) : ExpertMixture.usual(),
            further(fields, method),
            VisionChoice.none());
    boolean dora = fields.flag("use_dora");
    if (dora && spec.beside().biasOfB()) {
      throw fields.unsupported("lora_bias", "it cannot be combined with use_dora");
    }
    if (dora && adaLora) {
      throw fields.unsupported("use_dora", "it cannot be combined with AdaLoRA");
    }
    String base = fields.text("base_model_name_or_path", "");
    return new PeftConfig(spec, base, fields.flag("fan_in_fan_out"));
  }

  /** The method that the type, and a field that makes another of it, stand for. */
  private static AdapterMethod method(PeftFields fields) {
    return AdapterMethods.ofFile(fields.text(TYPE, LORA), fields::flag)
        .orElseThrow(
            () ->
                fields.unsupported(
                    TYPE, "must be one of " + String.join(", ", AdapterMethods.peftTypes())));
  }

  /** The choices of modules that the method alone reads. */
  private static Map<String, ModuleChoice> further(PeftFields fields, AdapterMethod method) {
    Map<String, ModuleChoice> further = new LinkedHashMap<>();
    method
        .peftForm()
        .ifPresent(form -> form.choices().forEach(name -> further.put(name, fields.modules(name))));
    return further;
  }

  /** The text of the file for an adapter of ours. */
  static String print(AdapterPlan plan, String base) {
    AdapterSpec spec = plan.spec();
    MatchedModules matched = plan.matched();
    JsonNodeFactory make = JsonNodeFactory.instance;
    ObjectNode json = make.objectNode();
    for (String name : VARIANTS) {
      json.putNull(name);
    }
    for (String name :
        List.of("corda_config", "eva_config", "lora_ga_config", "megatron_config", "revision")) {
      json.putNull(name);
    }
    json.put("ensure_weight_tying", false).put("use_qalora", false).put("use_dora", false);
    plan.method().peftVariant().ifPresent(variant -> json.put(variant, true));
    json.put("base_model_name_or_path", base).put("inference_mode", true);
    json.put("bias", spec.beside().biases().name().toLowerCase(Locale.ROOT));
    rows(json, spec.beside().rows());
    json.put("megatron_core", "megatron.core").put("qalora_group_size", 16);
    json.set("loftq_config", make.objectNode());
    json.put("peft_type", plan.method().peftType().orElseThrow());
    json.put("fan_in_fan_out", fanInFanOut(matched, false));
    json.put("r", spec.rank()).put("lora_dropout", spec.dropout());
    number(json, "lora_alpha", spec.alpha());
    json.put("lora_bias", spec.beside().biasOfB());
    json.put("use_rslora", spec.scaling() == AdapterSpec.Scaling.BY_ROOT_OF_RANK);
    start(json, spec);
    modules(json, "target_modules", matched.targets());
    modules(json, "exclude_modules", spec.excluded());
    list(json, "modules_to_save", new TreeSet<>(spec.allModulesToSave()));
    list(json, "layers_pattern", spec.layersPattern());
    json.putNull("layers_to_transform");
    if (!spec.layers().isEmpty()) {
      spec.layers().forEach(json.putArray("layers_to_transform")::add);
    }
    patterns(json.putObject("rank_pattern"), spec.rankPattern());
    patterns(json.putObject("alpha_pattern"), spec.alphaPattern());
    if (plan.method() instanceof MoeLora) {
      MixtureFields.print(json, spec.mixture());
    }
    if (plan.method().equals(new AdaLora())) {
      AllocationFields.print(json, spec);
    }
    json.put("task_type", spec.taskType().isEmpty() ? null : spec.taskType());
    json.set("auto_mapping", PeftFields.parsed(spec.autoMapping()));
    plan.method()
        .peftForm()
        .ifPresent(
            form -> {
              json.retain(form.shared());
              form.constants().forEach(json::put);
              plan.method().peftChoices().forEach((name, choice) -> modules(json, name, choice));
            });
    return SortedJson.print(json);
  }

  /** PEFT's rule: the kind of the last linear module decides; others leave the field as it is. */
  static boolean fanInFanOut(MatchedModules matched, boolean before) {
    boolean transposed = before;
    for (MatchedModule module : matched.adapted()) {
      transposed =
          switch (module.module().kind()) {
            case CONV1D -> true;
            case LINEAR -> false;
            case CONV2D, EMBEDDING, NORM, CONTAINER -> transposed;
          };
    }
    return transposed;
  }

  private static void requireSupported(PeftFields fields, AdapterMethod method) {
    for (String name : fields.names()) {
      if (method.peftForm().map(form -> form.constants().containsKey(name)).orElse(false)) {
        boolean wanted = method.peftForm().orElseThrow().constants().get(name);
        if (fields.flag(name) != wanted) {
          throw fields.unsupported(name, "must be " + wanted);
        }
      }
      if (fields.isOff(name)) {
        continue;
      }
      if (VARIANTS.contains(name)) {
        throw fields.unsupported(name, "this variant of LoRA is not computed here");
      }
      if (!isKnown(name, method)) {
        throw fields.unsupported(
            name, "this version does not know the field and must not pass over it");
      }
    }
  }

  private static boolean isKnown(String name, AdapterMethod method) {
    if (method.peftForm().isPresent()) {
      return method.peftForm().get().has(name);
    }
    return UNDERSTOOD.contains(name)
        || (method instanceof AdaLora && AllocationFields.NAMES.contains(name))
        || (method instanceof MoeLora && MixtureFields.NAMES.contains(name));
  }

  private static TrainedBeside beside(PeftFields fields) {
    String bias = fields.text("bias", "none");
    if (!BIASES.contains(bias)) {
      throw fields.unsupported("bias", "must be one of " + BIASES);
    }
    return new TrainedBeside(
        fields.flag("lora_bias"),
        BaseBiases.valueOf(bias.toUpperCase(Locale.ROOT)),
        fields.integersByName("trainable_token_indices", TrainedBeside.TOKEN_TABLE));
  }

  /** Rows of the token table alone are a list, as PEFT's users write them. */
  private static void rows(ObjectNode json, Map<String, List<Integer>> rows) {
    String name = "trainable_token_indices";
    json.putNull(name);
    if (rows.keySet().equals(Set.of(TrainedBeside.TOKEN_TABLE))) {
      rows.get(TrainedBeside.TOKEN_TABLE).forEach(json.putArray(name)::add);
    } else if (!rows.isEmpty()) {
      ObjectNode byTable = json.putObject(name);
      rows.forEach((table, entries) -> entries.forEach(byTable.withArray(table)::add));
    }
  }

  /**
   * PEFT refuses its start by a normal distribution beside lora_bias, and opens no adapter that
   * names both; how a trained one started is of no consequence.
   */
  private static void start(ObjectNode json, AdapterSpec spec) {
    String name = "init_lora_weights";
    switch (spec.initialisation()) {
      case KAIMING_UNIFORM -> json.put(name, true);
      case GAUSSIAN -> {
        if (spec.beside().biasOfB()) {
          json.put(name, true);
        } else {
          json.put(name, "gaussian");
        }
      }
      case PISSA -> throw new InternalException("Principal factors are saved as plain LoRA");
    }
  }

  private static AdapterSpec.Initialisation initialisation(PeftFields fields) {
    String start = fields.isOff("init_lora_weights") ? "true" : fields.spelled("init_lora_weights");
    if (!HARMLESS_STARTS.contains(start)) {
      throw fields.unsupported(
          "init_lora_weights",
          "this start changes the base; convert the adapter to plain LoRA when you save it in"
              + " PEFT");
    }
    return start.equals("\"gaussian\"")
        ? AdapterSpec.Initialisation.GAUSSIAN
        : AdapterSpec.Initialisation.KAIMING_UNIFORM;
  }

  private static void modules(ObjectNode json, String name, ModuleChoice choice) {
    switch (choice.kind()) {
      case UNSET -> json.putNull(name);
      case LIST -> list(json, name, new TreeSet<>(choice.entries()));
      case EXPRESSION -> json.put(name, choice.entries().get(0));
      case ALL_LINEAR -> json.put(name, "all-linear");
    }
  }

  private static void list(ObjectNode json, String name, Collection<String> entries) {
    if (entries.isEmpty()) {
      json.putNull(name);
      return;
    }
    ArrayNode list = json.putArray(name);
    entries.forEach(list::add);
  }

  private static void patterns(ObjectNode json, Map<String, ? extends Number> patterns) {
    patterns.forEach((pattern, value) -> number(json, pattern, value.doubleValue()));
  }

  /** Whole numbers as PEFT writes them, without a point. */
  private static void number(ObjectNode json, String name, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      json.put(name, (long) value);
    } else {
      json.put(name, value);
    }
  }
}
