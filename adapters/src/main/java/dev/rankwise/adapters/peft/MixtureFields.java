package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The fields that a mixture of experts has beside those of LoRA: docs/formats.md. */
final class MixtureFields {
  private static final String VERSION = "format_version";
  private static final String TASK_NAMES = "task_names";

  /** Tasks are called by their numbers. */
  private static final int NUMBERED = 1;

  /** Tasks have names. */
  private static final int NAMED = 2;

  /** Experts are DoRA's, differ by layer, stand beside those of blocks, or belong to groups. */
  private static final int VARIED = 3;

  private static final String BY_LAYER = "experts_by_layer";
  private static final String TASK_GROUPS = "task_groups";
  private static final String PREFERENCE = "group_preference";

  private static final String ROUTER = "router";
  private static final String SCOPE = "router_scope";

  /** Their names. */
  static final Set<String> NAMES =
      new TreeSet<>(
          List.of(
              VERSION,
              BY_LAYER,
              PREFERENCE,
              "normalize_topk",
              "num_experts",
              "num_tasks",
              ROUTER,
              "router_aux_loss_coef",
              "router_jitter",
              SCOPE,
              "router_temperature",
              "router_z_loss_coef",
              "task_embedding_dim",
              TASK_GROUPS,
              TASK_NAMES,
              "top_k"));

  private MixtureFields() {}

  static ExpertMixture read(PeftFields fields) {
    int version = fields.integer(VERSION, 0);
    if (version < NUMBERED || version > VARIED) {
      throw fields.unsupported(
          VERSION, "this version reads %s, %s and %s".formatted(NUMBERED, NAMED, VARIED));
    }
    ExpertMixture mixture = of(fields, version);
    if (version(mixture) == VARIED && version != VARIED) {
      throw fields.unsupported(
          VERSION, "what the file asks for is of version %s".formatted(VARIED));
    }
    return mixture;
  }

  private static ExpertMixture of(PeftFields fields, int version) {
    ExpertMixture usual = ExpertMixture.usual();
    return new ExpertMixture(
        fields.integer("num_experts", usual.experts()),
        fields.integer("top_k", usual.topK()),
        constant(fields, ROUTER, Router.values(), usual.router()),
        constant(fields, SCOPE, Scope.values(), usual.scope()),
        fields.flag("normalize_topk") ? Gates.RENORMALISED : Gates.RAW,
        fields.number("router_temperature", usual.temperature()),
        fields.number("router_aux_loss_coef", usual.balance()),
        fields.number("router_z_loss_coef", usual.scores()),
        fields.number("router_jitter", usual.jitter()),
        fields.integer("num_tasks", usual.tasks()),
        fields.integer("task_embedding_dim", usual.embedding()),
        version == NUMBERED ? List.of() : fields.texts(TASK_NAMES),
        fields.flag("use_dora") ? Kind.DORA : Kind.LORA,
        fields.integers(BY_LAYER),
        new ExpertGroups(fields.integers(TASK_GROUPS), fields.number(PREFERENCE, 0)));
  }

  private static int version(ExpertMixture mixture) {
    boolean varied =
        mixture.kind() != Kind.LORA
            || !mixture.byLayer().isEmpty()
            || mixture.scope() == Scope.BLOCK_AND_MODULE
            || !mixture.groups().isEmpty();
    return varied ? VARIED : mixture.taskNames().isEmpty() ? NUMBERED : NAMED;
  }

  static void print(ObjectNode json, ExpertMixture mixture) {
    json.put(VERSION, version(mixture));
    json.put("num_experts", mixture.experts()).put("top_k", mixture.topK());
    json.put(ROUTER, word(mixture.router())).put(SCOPE, word(mixture.scope()));
    json.put("normalize_topk", mixture.gates() == Gates.RENORMALISED);
    json.put("router_temperature", mixture.temperature());
    json.put("router_aux_loss_coef", mixture.balance());
    json.put("router_z_loss_coef", mixture.scores());
    json.put("router_jitter", mixture.jitter());
    json.put("num_tasks", mixture.tasks()).put("task_embedding_dim", mixture.embedding());
    if (!mixture.taskNames().isEmpty()) {
      mixture.taskNames().forEach(json.putArray(TASK_NAMES)::add);
    }
    if (!mixture.byLayer().isEmpty()) {
      mixture.byLayer().forEach(json.putArray(BY_LAYER)::add);
    }
    if (!mixture.groups().isEmpty()) {
      mixture.groups().ofTasks().forEach(json.putArray(TASK_GROUPS)::add);
      json.put(PREFERENCE, mixture.groups().preference());
    }
  }

  private static <E extends Enum<E>> E constant(
      PeftFields fields, String name, E[] values, E absent) {
    String text = fields.text(name, word(absent));
    return Arrays.stream(values)
        .filter(value -> word(value).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                fields.unsupported(
                    name,
                    "must be one of " + Arrays.stream(values).map(MixtureFields::word).toList()));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
