package dev.rankwise.jobs.export;

import dev.rankwise.adapters.export.GgufAdapter;
import dev.rankwise.adapters.export.VllmAdapter;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.nio.file.Path;
import java.util.Map;

/**
 * Exports an adapter. Needs no Spark job and no weights of the base.
 *
 * @param stored the adapter
 * @param context where to tell
 */
public record ExportRun(StoredModel stored, RunContext context) {

  /**
   * Exports.
   *
   * @param to the file or folder that is made; it must not exist
   * @throws dev.rankwise.models.failure.UserInputException if the format cannot carry the adapter
   */
  public void write(ExportFormat format, Path to) {
    FreePlace.require(to);
    BaseDirectory base = SparkBases.source().resolve(stored.base());
    ModelConfig config = ModelConfig.read(base.config());
    Path folder = stored.adapterFolder();
    Adapter adapter = PeftDirectory.read(folder, config, base.sha256());
    switch (format) {
      case GGUF -> writeGguf(adapter, base, to);
      case VLLM -> writeVllm(adapter, base, to);
    }
    if (stored.held().isInFourBits()) {
      context.say(
          ("Note: the adapter was trained on its base in %s; beside a base that the server rounds in"
                  + " another way it computes a little else")
              .formatted(stored.held().text()));
    }
  }

  private void writeGguf(Adapter adapter, BaseDirectory base, Path to) {
    Map<String, String> origin =
        Map.of(
            "rankwise.version", LibraryVersion.RANKWISE,
            "rankwise.base", BaseNames.inHub(stored.base()),
            "rankwise.base_sha256", base.sha256(),
            "rankwise.adapter_sha256",
                Sha256.ofFile(stored.adapterFolder().resolve(PeftDirectory.WEIGHTS)));
    new GgufAdapter(adapter, origin).write(to);
    tell(adapter, to);
    context.say("Serve      llama-server -m BASE.gguf --lora " + to);
  }

  private void writeVllm(Adapter adapter, BaseDirectory base, Path to) {
    VllmAdapter served = VllmAdapter.of(adapter);
    AdapterCard card =
        AdapterCard.of(LibraryVersion.RANKWISE, BaseNames.inHub(stored.base()), base.sha256())
            .trainedOn(stored.held().unlessAsItIs());
    PeftDirectory.create(to, served.adapter(), card);
    tell(served.adapter(), to);
    if (!served.adapter().plan().spec().equals(adapter.plan().spec())) {
      context.say(
          "Ranks      of all modules %s and alpha as much: vLLM passes over patterns, which are in the factors now"
              .formatted(served.adapter().plan().spec().rank()));
    }
    context.say(
        "Serve      vllm serve %s --enable-lora --max-lora-rank %s --lora-modules NAME=%s"
            .formatted(BaseNames.inHub(stored.base()), served.maximumRank(), to));
  }

  private void tell(Adapter adapter, Path to) {
    context.say(
        "Exported   %s of %s to %s"
            .formatted(
                CountText.of(adapter.plan().matched().adapted().size(), "adapted module"),
                stored.base(),
                to));
  }
}
