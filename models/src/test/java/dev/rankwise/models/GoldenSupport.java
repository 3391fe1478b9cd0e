package dev.rankwise.models;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which golden cases this version can run, decided by what a case's own files say. A case within
 * these bounds must run: were it left out because something refused it, a reader that is broken
 * would pass unseen.
 */
public final class GoldenSupport {
  /** Families whose configuration is read: their modules are matched and their weights merged. */
  private static final Set<String> READ =
      Set.of(
          "bert", "roberta", "llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gpt2", "vit");

  /** Families that are computed too. */
  private static final Set<String> COMPUTED = READ;

  /** PEFT's types of which products and tables are computed. */
  private static final Set<String> METHODS = Set.of("LORA", "ADALORA", "IA3");

  /** Starts of LoRA that leave the base as it is. */
  private static final Set<String> STARTS =
      Set.of("true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\"");

  /**
   * Fields of a LoRA configuration that ask for a variant which is not computed, if they are on.
   */
  private static final List<String> VARIANTS =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "ensure_weight_tying",
          "layer_replication",
          "target_parameters",
          "use_bdlora",
          "use_qalora");

  /** How a case says that its base is put into four bits. */
  private static final Pattern FOUR_BITS =
      Pattern.compile("(NF4|FP4)(, double quantisation)?, block (\\d+)");

  private GoldenSupport() {}

  /** How an adapter's case holds the weights of its base. */
  public static BaseForm form(Path adapter) {
    String held = Golden.json(adapter.resolve("case.json")).path("base_weights").asText("dense");
    Matcher matcher = FOUR_BITS.matcher(held);
    if (!matcher.matches()) {
      return BaseForm.DENSE;
    }
    return new FourBit(
        FourBitCode.valueOf(matcher.group(1)),
        Integer.parseInt(matcher.group(3)),
        matcher.group(2) == null ? BlockScaling.SINGLE : BlockScaling.DOUBLE);
  }

  /** Why a base's {@code config.json} is not read; empty if it is. */
  public static Optional<String> baseUnread(Path base) {
    return outside(base, READ, "no base of model_type %s is read");
  }

  /** Why no base of the family is computed; empty if they are. */
  public static Optional<String> familyUncomputed(Path base) {
    return outside(base, COMPUTED, "no base of model_type %s is computed");
  }

  /** Why a base does not run; empty if it does. */
  public static Optional<String> baseUncomputed(Path base) {
    return familyUncomputed(base).or(() -> absent(base.resolve("model.safetensors")));
  }

  /**
   * Why an adapter is of no method that is computed on products and tables of a base that is read;
   * empty if it is.
   */
  public static Optional<String> adapterUnread(Path adapter) {
    Optional<String> absent = absent(adapter.resolve("case.json"));
    if (absent.isPresent()) {
      return absent;
    }
    JsonNode facts = Golden.json(adapter.resolve("case.json"));
    JsonNode config = Golden.json(adapter.resolve("adapter_config.json"));
    String method = config.path("peft_type").asText();
    if (!METHODS.contains(method)) {
      return Optional.of("peft_type " + method + " is not computed");
    }
    if (config.has("init_lora_weights")
        && !STARTS.contains(config.get("init_lora_weights").toString())) {
      return Optional.of("its start changes the base: " + config.get("init_lora_weights"));
    }
    for (String variant : VARIANTS) {
      JsonNode asked = config.path(variant);
      if (!asked.isMissingNode() && !asked.isNull() && !asked.toString().equals("false")) {
        return Optional.of("variant %s is not computed".formatted(variant));
      }
    }
    String held = facts.path("base_weights").asText("dense");
    if (!held.equals("dense") && !FOUR_BITS.matcher(held).matches()) {
      return Optional.of("its base is quantised otherwise: " + held);
    }
    return baseUnread(base(adapter));
  }

  /** Why an adapter's logits are not computed; empty if they are. */
  public static Optional<String> adapterUncomputed(Path adapter) {
    return adapterUnread(adapter).or(() -> baseUncomputed(base(adapter)));
  }

  /** The base that an adapter's case names. */
  public static Path base(Path adapter) {
    String name = Golden.json(adapter.resolve("case.json")).get("base").textValue();
    return Golden.given("models").resolve(name);
  }

  private static Optional<String> outside(Path base, Set<String> families, String reason) {
    Path config = base.resolve("config.json");
    if (!Files.exists(config)) {
      return absent(config);
    }
    String family = Golden.json(config).path("model_type").asText();
    return families.contains(family) ? Optional.empty() : Optional.of(reason.formatted(family));
  }

  private static Optional<String> absent(Path file) {
    return Files.exists(file)
        ? Optional.empty()
        : Optional.of(
            "no %s of %s here".formatted(file.getFileName(), file.getParent().getFileName()));
  }
}
