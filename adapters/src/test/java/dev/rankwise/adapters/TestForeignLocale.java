package dev.rankwise.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A computer that writes other digits, as many Arabic ones do, gives the same bits and files. */
final class TestForeignLocale {
  private static final Locale ARABIC = new Locale("ar", "EG");
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.BFLOAT16, BaseType.FLOAT32, 1);

  @TempDir Path folder;
  private final Locale usual = Locale.getDefault();

  /** What came of a step and of writing the adapter down. */
  private record Outcome(
      String programSha256, double loss, List<Integer> gradient, Map<String, String> files) {}

  @AfterEach
  void restoreTheLocale() {
    Locale.setDefault(usual);
  }

  @Test
  void thatLocaleHasDigitsOfItsOwn() {
    Locale.setDefault(ARABIC);
    assertThat(String.format(Locale.getDefault(), "%d", 1)).isNotEqualTo("1");
  }

  @Test
  void anEncoderWithUnlikeAdaptersGivesTheSame() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 51);
    AdapterSpec spec = Specs.uneven(List.of("pooler"));
    TokenBatch batch = encoder.batch(5);
    for (double dropout : new double[] {0, 0.25}) {
      same(encoder.directory(), encoder.config(), spec.withDropout(dropout), batch);
    }
  }

  @Test
  void aDecoderWithAllItsProductsAdaptedGivesTheSame() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 52);
    AdapterSpec spec =
        AdapterSpec.of("lora").withRank(3, 6).withTargets(ModuleChoice.of("all-linear"));
    same(decoder.directory(), decoder.config(), spec, decoder.batch(6));
  }

  private void same(BaseDirectory base, ModelConfig config, AdapterSpec spec, TokenBatch batch)
      throws IOException {
    String name = config.modelType() + spec.dropout();
    Locale.setDefault(Locale.ROOT);
    Outcome expected = outcome(base, config, spec, batch, folder.resolve(name + "-root"));
    Locale.setDefault(ARABIC);
    Outcome found = outcome(base, config, spec, batch, folder.resolve(name + "-arabic"));
    assertThat(found).isEqualTo(expected);
  }

  private static Outcome outcome(
      BaseDirectory base, ModelConfig config, AdapterSpec spec, TokenBatch batch, Path work)
      throws IOException {
    AdapterPlan plan = AdapterPlan.of(config, spec);
    Adapter adapter = Specs.random(plan, 8);
    try (Replica replica =
            Replica.open(base, config, plan.attachment(), SETTINGS, work.resolve("cache"));
        Parameters theta = replica.parameters(adapter.values());
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1, new DropoutKey(5, 2, 1));
      GroupSum sum = pass.finish();
      Path written = work.resolve("adapter");
      PeftDirectory.create(written, adapter, AdapterCard.of("0.1.0", "a/base", base.sha256()));
      assertThat(PeftDirectory.read(written, config, base.sha256()).values())
          .isEqualTo(adapter.values());
      Map<String, String> files = new TreeMap<>(contents(written));
      files.putAll(contents(work.resolve("cache/replicas")));
      return new Outcome(
          Replica.programSha256(base, config, plan.attachment(), SETTINGS),
          sum.lossSum(),
          bits(sum.gradient()),
          files);
    }
  }

  private static List<Integer> bits(float[] values) {
    return Stream.iterate(0, i -> i + 1)
        .limit(values.length)
        .map(i -> Float.floatToRawIntBits(values[i]))
        .toList();
  }

  /** Bytes of the files by their names. */
  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }
}
