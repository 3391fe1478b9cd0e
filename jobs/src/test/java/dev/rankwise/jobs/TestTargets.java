package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
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

/** {@code targets} against what PEFT matched. */
final class TestTargets {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyGoldenConfiguration() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode golden : Golden.json(Golden.file("matched-modules.json")).get("cases")) {
      String name = golden.get("base").textValue() + ": " + golden.get("case").textValue();
      Path base = Golden.given("models").resolve(golden.get("base").textValue());
      Optional<String> unread = GoldenSupport.baseUnread(base);
      if (unread.isEmpty()) {
        tests.add(DynamicTest.dynamicTest(name, () -> agrees(base, golden)));
      } else {
        Golden.skipped(base, unread.get() + ", so not " + name);
      }
    }
    Golden.requireSome("matched-modules.json on a base that is read", tests.size(), 59);
    return tests.stream();
  }

  private void agrees(Path base, JsonNode golden) throws IOException {
    Path config =
        Files.writeString(folder.resolve("adapter_config.json"), golden.get("config").toString());

    CommandRun run = CommandRun.of("targets", base.toString(), config.toString());

    if (golden.get("expected").has("error")) {
      run.endedWith(2);
      assertThat(run.out()).isEmpty();
    } else {
      assertThat(JSON.readTree(run.endedWith(0).out())).isEqualTo(golden.get("expected"));
    }
  }

  @Test
  void baseThatDoesNotExistIsTold() throws IOException {
    Path config = Files.writeString(folder.resolve("adapter_config.json"), "{}");

    assertThat(CommandRun.of("targets", folder + "/none", config.toString()).endedWith(2).error())
        .contains("has no file config.json");
  }
}
