package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The language model that is kept in the repository is the one that its page describes. */
final class TestDictionaryModel {
  private static final Path FOLDER = Path.of("dictionary");

  @Test
  void weightsAreThoseOfThePage() throws IOException {
    String page = Files.readString(FOLDER.resolve("README.md"));

    assertThat(page).contains(Sha256.ofFile(FOLDER.resolve("model.safetensors")));
    assertThat(Files.size(FOLDER.resolve("model.safetensors"))).isLessThan(10_000_000);
  }

  @Test
  void aDefinitionIsLikelierThanItsWordsBackwards() {
    BaseDirectory base =
        new BaseSource(BaseCache.defaultRoot()).resolve(FOLDER.toAbsolutePath().toString());
    String line = "hammer, noun, artifact: a hand tool with a heavy rigid head and a handle";
    String backwards = "handle a and head rigid heavy a with tool hand a artifact: noun, hammer,";

    double forwards = meanLoss(base, line);

    System.out.println("loss of a line " + forwards + ", backwards " + meanLoss(base, backwards));
    assertThat(forwards).isLessThan(4.5).isLessThan(meanLoss(base, backwards) - 1);
  }

  private static double meanLoss(BaseDirectory base, String line) {
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(base);
        Replica replica =
            Replica.open(
                base,
                ModelConfig.read(base.config()),
                Attachment.none(),
                settings,
                BaseCache.defaultRoot());
        Parameters nothing = replica.parameters(new float[0])) {
      int[] ids = tokenizer.encode(line, SpecialTokens.LEFT_OUT).ids();
      TokenBatch batch =
          new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length}, new int[0]);
      TargetScores scores = replica.targetScores(nothing, batch.withNextTokens(ids));
      return scores.lossSum() / scores.targets();
    }
  }
}
