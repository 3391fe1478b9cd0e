package dev.rankwise.jobs.command;

import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.jobs.stored.ForwardRun;
import dev.rankwise.jobs.stored.ForwardRun.Beside;
import dev.rankwise.jobs.stored.PictureFiles;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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
      description =
          "A safetensors file with input_ids, attention_mask and optionally token_type_ids,"
              + " position_ids, labels; of a base that reads pictures pixel_values and optionally"
              + " labels; of a decoder that sees pixel_values beside input_ids.")
  private Path inputs;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "A PNG, JPEG or WebP file instead of --inputs, for a base that reads pictures; may be given"
              + " several times. The output holds pixel_values too.")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--image-fit",
      paramLabel = "HOW",
      description =
          "How a picture that is not square becomes so: stretched (default), as ViT's own processor"
              + " does, or padded, in the middle of a black square.")
  private String imageFit = "stretched";

  @Option(
      names = "--to",
      paramLabel = "FILE",
      required = true,
      description = "Gets logits, with labels loss_sum, with --gradients one tensor a parameter.")
  private Path outputs;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "float32 or bfloat16 (what an adapter on four bits says it was trained in, else float32).")
  private String dtype;

  @Option(
      names = "--quantization",
      paramLabel = "FORM",
      description =
          "Holds linear weights in four bits: nf4, fp4 and as base.quantization names them, or none (what"
              + " the adapter says it was trained on, else none).")
  private String quantization;

  @Option(
      names = "--gradients",
      description = "Also the gradient of each trainable tensor, named as on disk; needs labels.")
  private boolean gradients;

  @Option(
      names = "--states",
      description =
          "Also hidden.0, hidden.1 …, the input of the first block and what each block gives, and"
              + " last_hidden_state.")
  private boolean states;

  @Override
  public Integer call() {
    ForwardRun run =
        new ForwardRun(
            base,
            Optional.ofNullable(adapter),
            Optional.ofNullable(dtype).map(ForwardCommand::type),
            Optional.ofNullable(quantization)
                .map(form -> BaseForm.labelled(form, "--quantization")));
    if ((inputs == null) == images.isEmpty()) {
      throw new UserInputException(
          "Invalid inputs: give either --inputs FILE or --image FILE once or more");
    }
    Set<Beside> asked = EnumSet.noneOf(Beside.class);
    if (states) {
      asked.add(Beside.STATES);
    }
    if (gradients) {
      asked.add(Beside.GRADIENTS);
    }
    if (inputs == null) {
      run.writePictures(new PictureFiles(images, fit(imageFit)), asked, outputs);
    } else {
      run.write(inputs, asked, outputs);
    }
    return 0;
  }

  static Squaring fit(String name) {
    for (Squaring shape : Squaring.values()) {
      if (shape.name().toLowerCase(Locale.ROOT).equals(name)) {
        return shape;
      }
    }
    throw new UserInputException(
        "Invalid --image-fit: \"%s\" (must be stretched or padded)".formatted(name));
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
