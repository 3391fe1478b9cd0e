package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestCombine {
  private static final String BASE = Golden.own("models/llama").toString();
  private static final Path ADAPTERS = Golden.own("adapters/merge");

  @TempDir Path folder;

  @Test
  void adaptersBecomeOneThatIsReadLikeAnyOther() {
    Path out = folder.resolve("sum");
    CommandRun run = combine("first", "third", out, "--weights", "0.7,0.4");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Combined   2 adapters of " + BASE + " into one of rank 10");
    try (SafetensorsFile made = SafetensorsFile.open(out.resolve("adapter_model.safetensors"))) {
      String name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
      assertThat(made.tensors().get(name).shape()).isEqualTo(List.of(10L, 48L));
    }
    CommandRun once = combine("first", "third", out);
    assertThat(once.err()).contains("something lies there already");
    CommandRun again =
        CommandRun.of(
            "combine", out.toString(), "--base", BASE, "--out", folder.resolve("again").toString());
    assertThat(again.exitCode()).as(again.err()).isZero();
  }

  @Test
  void nonsenseIsRefusedWithTheRule() {
    Path out = folder.resolve("none");
    assertThat(combine("first", "third", out, "--how", "average").err())
        .contains("Invalid --how: \"average\" (must be one of cat, svd, linear, magnitude_prune,");
    assertThat(combine("first", "third", out, "--how", "linear").err())
        .contains("Cannot add factors of ranks 4 and 6");
    assertThat(combine("first", "third", out, "--how", "svd", "--rank", "0").err())
        .contains("Invalid rank: 0 (must be at least 1)");
    assertThat(Files.exists(out)).isFalse();
  }

  private static CommandRun combine(String one, String other, Path out, String... options) {
    String[] all = new String[7 + options.length];
    all[0] = "combine";
    all[1] = ADAPTERS.resolve(one).toString();
    all[2] = ADAPTERS.resolve(other).toString();
    all[3] = "--base";
    all[4] = BASE;
    all[5] = "--out";
    all[6] = out.toString();
    System.arraycopy(options, 0, all, 7, options.length);
    return CommandRun.of(all);
  }
}
