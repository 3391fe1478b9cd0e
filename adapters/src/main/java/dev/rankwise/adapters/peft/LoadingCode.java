package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How an adapter is loaded with PEFT, in Python: on its base, held as it was in training. */
public final class LoadingCode {
  private LoadingCode() {}

  /**
   * The lines of it.
   *
   * @param base name of the base, as a user of transformers would give it
   * @param held how the base was held in training
   * @param folder the adapter's folder; of a mixture one expert in it is loaded
   */
  public static List<String> of(AdapterPlan plan, String base, BaseHolding held, String folder) {
    String type = type(plan);
    int labels = plan.base().labels().size();
    Optional<FourBit> bits = askedFor(held);
    List<String> lines = new ArrayList<>();
    if (bits.isPresent()) {
      lines.add("import torch");
    }
    lines.add("from peft import PeftModel");
    lines.add(
        "from transformers import " + type + (bits.isPresent() ? ", BitsAndBytesConfig" : ""));
    lines.add("");
    bits.ifPresent(form -> lines.addAll(quantization(form, held)));
    lines.add(
        "base = %s.from_pretrained(%s%s%s)"
            .formatted(
                type,
                quoted(base),
                labels > 0 ? ", num_labels=" + labels : "",
                bits.isPresent()
                    ? ", quantization_config=bits, dtype=torch." + held.typeName()
                    : ""));
    lines.add(
        "model = PeftModel.from_pretrained(base, %s)"
            .formatted(quoted(plan.method().loadsInPeft() ? folder : folder + "/experts/0")));
    return lines;
  }

  /**
   * The form that a user of transformers can name, whose blocks of four bits have one size; empty
   * for others, and for a base that is held as it is.
   */
  static Optional<FourBit> askedFor(BaseHolding held) {
    return held.form() instanceof FourBit bits && bits.blockSize() == FourBit.USUAL_BLOCK
        ? Optional.of(bits)
        : Optional.empty();
  }

  private static List<String> quantization(FourBit bits, BaseHolding held) {
    return List.of(
        "bits = BitsAndBytesConfig(",
        "    load_in_4bit=True,",
        "    bnb_4bit_quant_type=\"%s\",".formatted(bits.code().lowerCaseName()),
        "    bnb_4bit_use_double_quant=%s,"
            .formatted(bits.scaling() == BlockScaling.DOUBLE ? "True" : "False"),
        "    bnb_4bit_compute_dtype=torch.%s,".formatted(held.typeName()),
        ")");
  }

  private static String type(AdapterPlan plan) {
    return switch (plan.base().task()) {
      case SEQUENCE_CLASSIFICATION ->
          plan.base().images().isPresent()
              ? "AutoModelForImageClassification"
              : "AutoModelForSequenceClassification";
      case CAUSAL_LANGUAGE_MODEL -> "AutoModelForCausalLM";
      case HIDDEN_STATES, PRETRAINING -> "AutoModel";
    };
  }

  /** A double-quoted text, as YAML and Python both read it. */
  static String quoted(String value) {
    String line = value.replaceAll("\\p{Cc}", " ");
    return '"' + line.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
