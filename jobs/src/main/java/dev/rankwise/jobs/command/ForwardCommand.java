package dev.rankwise.jobs.command;

import dev.rankwise.jobs.stored.ForwardRun;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code forward BASE}: what a base, with or without an adapter, computes for given tokens. */
@Command(
    name = "forward",
    description =
        "Computes logits, and gradients of the summed loss, for comparing with any other"
            + " implementation.",
    mixinStandardHelpOptions = true)
public final class ForwardCommand implements Callable<Integer> {
  @Parameters(paramLabel = "BASE", description = "A folder, a URI, or minilm.")
  private String base;

  @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's form.")
  private Path adapter;

  @Option(
      names = "--inputs",
      paramLabel = "FILE",
      required = true,
      description =
          "A safetensors file with input_ids, attention_mask and optionally token_type_ids,"
              + " position_ids, labels.")
  private Path inputs;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      required = true,
      description = "Gets logits, with labels loss_sum, with --gradients one tensor a parameter.")
  private Path outputs;

  @Option(names = "--dtype", paramLabel = "TYPE", description = "float32 (default) or bfloat16.")
  private String dtype = "float32";

  @Option(
      names = "--quantization",
      paramLabel = "FORM",
      description =
          "Holds linear weights in four bits: nf4, fp4 and as base.quantization names them (none).")
  private String quantization = "none";

  @Option(
      names = "--gradients",
      description = "Also the gradient of each trainable tensor, named as on disk; needs labels.")
  private boolean gradients;

  @Override
  public Integer call() {
    ForwardRun run =
        new ForwardRun(
            base,
            Optional.ofNullable(adapter),
            type(dtype),
            BaseForm.labelled(quantization, "--quantization"));
    if (gradients) {
      run.writeWithGradients(inputs, outputs);
    } else {
      run.write(inputs, outputs);
    }
    return 0;
  }

  /** The element type that an option {@code --dtype} names. */
  static BaseType type(String dtype) {
    for (BaseType type : BaseType.values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(dtype)) {
        return type;
      }
    }
    throw new UserInputException(
        "Invalid --dtype: \"%s\" (must be float32 or bfloat16)".formatted(dtype));
  }
}
