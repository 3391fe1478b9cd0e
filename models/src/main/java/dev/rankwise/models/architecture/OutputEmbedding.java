package dev.rankwise.models.architecture;

import dev.rankwise.models.architecture.Segment.Precision;
import dev.rankwise.models.architecture.Segment.Role;
import dev.rankwise.models.config.DecoderConfig;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import java.util.List;
import java.util.Map;

/** The head of every causal decoder: scores over the vocabulary. */
final class OutputEmbedding {
  private static final String PATH = "lm_head";

  private OutputEmbedding() {}

  static Segment segment(ModelConfig config, ModuleTree modules) {
    double cap = config.decoder().map(DecoderConfig::answerCap).orElse(0.0);
    return new Segment(
        PATH,
        "kernels/head/vocabulary.torchscript",
        List.of(new ProjectionGroup("vocabulary", List.of(modules.module(PATH)))),
        Map.of(),
        Map.of("cap", Double.toString(cap)),
        Precision.OF_BASE,
        Role.COMPUTING,
        cap == 0 ? "kernels/head/vocabulary_back.torchscript" : "");
  }

  /** Where its weight is the token table at {@code tokens}: both names. */
  static Map<String, String> tied(ModelConfig config, String tokens) {
    return config.tiedEmbeddings() ? Map.of(PATH + ".weight", tokens + ".weight") : Map.of();
  }
}
