package dev.rankwise.jobs.command;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.QuantizeRun;
import dev.rankwise.models.quantized.BaseForm;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quantize BASE}: the linear weights of a base in four bits. */
@Command(
    name = "quantize",
    description =
        "Puts a base's linear weights into four bits: a folder that transformers loads with"
            + " bitsandbytes, and every command here like any base.",
    mixinStandardHelpOptions = true)
public final class QuantizeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "BASE", description = "A folder, a URI, or minilm.")
  private String base;

  @Option(
      names = "--quantization",
      paramLabel = "FORM",
      description = "nf4 (default), fp4 and as base.quantization names them.")
  private String quantization = "nf4";

  @Mixin private WeightFileOptions files = new WeightFileOptions();

  @Override
  public Integer call() {
    BaseForm form = BaseForm.labelled(quantization, "--quantization");
    new QuantizeRun(base, form, RunContext.ofThisProcess())
        .write(files.out(), files.type(), files.shardBytes());
    return 0;
  }
}
