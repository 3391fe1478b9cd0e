package dev.rankwise.jobs.command;

import dev.rankwise.jobs.generate.GenerationRequest;
import dev.rankwise.jobs.generate.GenerationRun;
import dev.rankwise.jobs.generate.NamedAdapter;
import dev.rankwise.jobs.generate.Prompt;
import dev.rankwise.jobs.generate.PromptFile;
import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate BASE}: text from prompts, by a base or by adapters on it. */
@Command(
    name = "generate",
    description =
        "Writes text after prompts: by a decoder, or by each of the adapters named. Without a"
            + " temperature it takes the best token each time.",
    mixinStandardHelpOptions = true)
public final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "BASE",
      description = "A base (a folder or a URI), a run folder, or an adapter in PEFT's form.")
  private String base;

  @Option(
      names = "--adapter",
      paramLabel = "NAME=DIR",
      description =
          "An adapter, by a name for its output; \"base\" alone adds the base itself. May be given"
              + " often.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "A text to go on after. May be given often.")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "JSON lines with prompt, messages or ids, and optionally adapter and images; or a text, a"
              + " prompt a line.")
  private Path file;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "A PNG, JPEG or WebP file that every --prompt is asked about; \"<image>\" in a prompt marks"
              + " where it stands. May be given often.")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--image-fit",
      paramLabel = "WAY",
      description =
          "How a picture that is not square becomes so: padded with black, or stretched (as in the"
              + " adapter's run, else padded).")
  private String imageFit;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "Task of the prompts, where an adapter routes by tasks.")
  private String task;

  @Mixin private SamplingOptions text = new SamplingOptions();

  @Option(names = "--ignore-end", description = "Goes on after tokens that end a text.")
  private boolean ignoreEnd;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "float32 or bfloat16; by default float32, or the run's where it held its base in four bits.")
  private String dtype;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "Writes JSON lines with prompt, adapter, text, tokens and finish.")
  private Path to;

  @Override
  public Integer call() {
    GenerationRequest request =
        new GenerationRequest(
            FetchedAdapter.isAddress(base) && FetchedAdapter.isThere(base)
                ? FetchedAdapter.path(base).toString()
                : base,
            adapters.stream().map(NamedAdapter::parse).toList(),
            given(),
            text.settings(),
            ignoreEnd,
            Optional.ofNullable(dtype).map(ForwardCommand::type),
            Optional.ofNullable(task),
            Optional.ofNullable(imageFit).map(ForwardCommand::fit));
    new GenerationRun(request, spec.commandLine().getOut()).run(Optional.ofNullable(to));
    return 0;
  }

  private List<Prompt> given() {
    if (prompts.isEmpty() == (file == null)) {
      throw new UserInputException(
          "Cannot generate: prompts come from --prompt or from --prompts, and %s; give one of the two"
              .formatted(file == null ? "neither is given" : "both are given"));
    }
    if (file == null) {
      return prompts.stream().map(text -> Prompt.ofText(text).withImages(images)).toList();
    }
    if (!images.isEmpty()) {
      throw new UserInputException(
          "Cannot use --image with --prompts: the lines of the file name their own images; leave one"
              + " of the two out");
    }
    return PromptFile.read(file);
  }
}
