package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration means on a base, against what PEFT found for each golden configuration. */
final class TestTargetsReport {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyGoldenConfigurationMeansWhatPeftSays() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode test : Golden.json(Golden.file("matched-modules.json")).get("cases")) {
      String name = test.get("base").textValue() + ": " + test.get("case").textValue();
      Path base = Golden.given("models").resolve(test.get("base").textValue());
      Optional<String> unread = GoldenSupport.baseUnread(base);
      if (unread.isPresent()) {
        Golden.skipped(base, unread.get() + ", so not " + name);
        continue;
      }
      ModelConfig config = ModelConfig.read(base.resolve("config.json"));
      tests.add(DynamicTest.dynamicTest(name, () -> check(config, test)));
    }
    Golden.requireSome("matched-modules.json on a base that is read", tests.size(), 59);
    return tests.stream();
  }

  private void check(ModelConfig base, JsonNode test) throws IOException {
    Path file =
        Files.writeString(folder.resolve("adapter_config.json"), test.get("config").toString());
    JsonNode expected = test.get("expected");
    if (expected.has("error")) {
      assertThatThrownBy(() -> TargetsReport.print(base, file))
          .isInstanceOf(UserInputException.class);
      return;
    }
    assertThat(TargetsReport.print(base, file)).isEqualTo(SortedJson.print(expected));
    planTrainsAsMany(base, PeftConfig.read(file), expected.get("trainable").longValue());
  }

  private static void planTrainsAsMany(ModelConfig base, PeftConfig config, long trainable) {
    if (config.dora()) {
      return;
    }
    try {
      AdapterPlan plan = AdapterPlan.of(base, config.spec(), Strictness.AS_PEFT);
      assertThat(plan.layout().size()).isEqualTo(trainable);
    } catch (UserInputException e) {
      assertThat(e).hasMessageContaining("Cannot compute");
    }
  }

  @Test
  void magnitudesAreCounted() throws IOException {
    ModelConfig base = ModelConfig.read(Golden.own("models/bert/config.json"));
    Path file = folder.resolve("adapter_config.json");
    Files.writeString(file, "{\"use_dora\": true}");
    // Four modules of 48 by 48 at rank 8, and 48 magnitudes for each.
    assertThat(TargetsReport.print(base, file)).contains("\"trainable\": " + (3072 + 4 * 48));
  }

  @Test
  void aBiasOnAnEmbeddingIsRefused() throws IOException {
    ModelConfig base = ModelConfig.read(Golden.own("models/llama/config.json"));
    Path file = folder.resolve("adapter_config.json");
    Files.writeString(file, "{\"lora_bias\": true, \"target_modules\": [\"embed_tokens\"]}");
    assertThatThrownBy(() -> TargetsReport.print(base, file))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid lora_bias: true (module model.embed_tokens is an embedding, whose factor B has"
                + " no bias); set it to false");
  }
}
