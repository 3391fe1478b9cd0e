package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.merge.MergedBase;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.ShardedWeights;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.PaddedCase;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BitsAndBytesWriter;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that PEFT saved: files, logits, loss, gradients and merged weights, case by case. */
final class TestGoldenAdapters {
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  /** A case with its base and the adapter as it was read. */
  private record Case(
      String name,
      Path folder,
      Path base,
      ModelConfig config,
      JsonNode facts,
      Adapter adapter,
      BaseForm form) {

    /** What a base in four bits becomes is named so, as PEFT's own merge quantises again. */
    String merged() {
      return form.equals(BaseForm.DENSE) ? "merged." : "merged_wide.";
    }

    SafetensorsFile values() {
      return SafetensorsFile.open(folder.resolve("cases.safetensors"));
    }

    float[] theta() {
      return adapter.values();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyAdapterOnABaseThatIsHere() {
    List<DynamicTest> tests = new ArrayList<>();
    int running = 0;
    for (Path path : Golden.folders("adapters")) {
      Optional<String> unread = GoldenSupport.adapterUnread(path);
      if (unread.isPresent()) {
        Golden.skipped(path, unread.get());
        continue;
      }
      Case golden = read(path);
      tests.add(test(golden, "modules and files", () -> filesAgree(golden)));
      if (Files.exists(golden.base().resolve("model.safetensors"))) {
        tests.add(test(golden, "merged weights", () -> mergedWeightsAgree(golden)));
      }
      Optional<String> uncomputed = GoldenSupport.adapterUncomputed(path);
      if (uncomputed.isPresent()) {
        Golden.skipped(path, uncomputed.get() + ", so only files and merging are compared");
        continue;
      }
      running++;
      tests.add(test(golden, "logits, loss, gradients", () -> float32Agrees(golden)));
      tests.add(test(golden, "without the adapter", () -> disabledAgrees(golden)));
      tests.add(test(golden, "merged", () -> mergedAgrees(golden)));
      tests.add(test(golden, "bfloat16", () -> bfloat16Agrees(golden)));
    }
    Golden.requireSome("adapters on a base that is computed", running, 28);
    return tests.stream();
  }

  private static DynamicTest test(Case golden, String what, DynamicTestBody body) {
    return DynamicTest.dynamicTest(golden.name() + ": " + what, body::run);
  }

  @FunctionalInterface
  private interface DynamicTestBody {
    void run() throws IOException;
  }

  private static Case read(Path path) {
    Path base = GoldenSupport.base(path);
    ModelConfig model = ModelConfig.read(base.resolve("config.json"));
    Adapter adapter = PeftDirectory.read(path, model, "unknown");
    JsonNode facts = Golden.json(path.resolve("case.json"));
    BaseForm form = GoldenSupport.form(path);
    return new Case(path.getFileName().toString(), path, base, model, facts, adapter, form);
  }

  private void filesAgree(Case golden) {
    Map<String, String> expected = new TreeMap<>();
    golden
        .facts()
        .get("modules")
        .properties()
        .forEach(
            e -> expected.put(e.getKey(), e.getValue().get("r") + " " + e.getValue().get("scale")));
    Map<String, String> found = new TreeMap<>();
    for (MatchedModule module : golden.adapter().plan().matched().adapted()) {
      found.put(module.module().path(), module.rank() + " " + module.scale());
    }
    assertThat(found).isEqualTo(expected);
    assertThat(golden.adapter().plan().layout().size())
        .isEqualTo(golden.facts().get("trainable").intValue());

    Path saved = folder.resolve(golden.name());
    String base =
        Golden.json(golden.folder().resolve(PeftConfig.FILE))
            .get("base_model_name_or_path")
            .textValue();
    PeftDirectory.create(saved, golden.adapter(), AdapterCard.of("0", base, "unknown"));
    assertThat(configWithoutVersion(saved)).isEqualTo(configWithoutVersion(golden.folder()));
    try (SafetensorsFile theirs =
            SafetensorsFile.open(golden.folder().resolve(PeftDirectory.WEIGHTS));
        SafetensorsFile ours = SafetensorsFile.open(saved.resolve(PeftDirectory.WEIGHTS))) {
      Set<String> expectedNames = new TreeSet<>(theirs.tensors().keySet());
      // What PEFT writes twice beside a kept module is not read, and not written again.
      expectedNames.removeIf(
          name -> name.contains(".modules_to_save.") || name.contains(".original_module."));
      assertThat(ours.tensors().keySet()).isEqualTo(expectedNames);
      assertThat(ours.metadata()).containsEntry("format", "pt");
      for (String name : expectedNames) {
        assertThat(ours.tensors().get(name).shape()).isEqualTo(theirs.tensors().get(name).shape());
        assertThat(ours.bytes(name)).as(name).isEqualTo(theirs.bytes(name));
      }
    }
    Adapter again = PeftDirectory.read(saved, golden.config(), "unknown");
    assertThat(again.values()).isEqualTo(golden.theta());
  }

  /**
   * A configuration without PEFT's name of its own version, which is not ours to claim, without its
   * start, which a finished adapter has behind it, and with its sets in one order: PEFT writes them
   * in any, and a single layer or pattern without brackets.
   */
  private static Map<String, JsonNode> configWithoutVersion(Path adapter) {
    Map<String, JsonNode> fields = new TreeMap<>();
    Golden.json(adapter.resolve(PeftConfig.FILE))
        .properties()
        .forEach(field -> fields.put(field.getKey(), field.getValue()));
    fields.remove("peft_version");
    fields.remove("init_lora_weights");
    for (String list : List.of("layers_to_transform", "layers_pattern")) {
      if (fields.containsKey(list)
          && fields.get(list).isValueNode()
          && !fields.get(list).isNull()) {
        fields.put(list, JsonNodeFactory.instance.arrayNode().add(fields.get(list)));
      }
    }
    for (String set :
        List.of("target_modules", "exclude_modules", "modules_to_save", "feedforward_modules")) {
      if (fields.containsKey(set) && fields.get(set).isArray()) {
        Set<String> entries = new TreeSet<>();
        fields.get(set).forEach(entry -> entries.add(entry.textValue()));
        ArrayNode sorted = JsonNodeFactory.instance.arrayNode();
        entries.forEach(sorted::add);
        fields.put(set, sorted);
      }
    }
    return fields;
  }

  /** One layer and one pattern without brackets, and the base's class where no task is named. */
  @Test
  void fieldsThatPeftMayWriteComeBack() throws IOException {
    ModelConfig bert = ModelConfig.read(Golden.own("models/bert/config.json"));
    AdapterCard card = AdapterCard.of("0", "some/base", "unknown");
    Path config = folder.resolve("asked.json");
    Files.writeString(
        config,
        """
        {"target_modules": ["query"], "layers_to_transform": 1, "layers_pattern": "layer"}\
        """);
    AdapterPlan plan = AdapterPlan.of(bert, PeftConfig.read(config).spec());
    Path theirs = folder.resolve("theirs");
    PeftDirectory.create(theirs, Specs.random(plan, 1), card);
    ObjectNode fields = (ObjectNode) Golden.json(theirs.resolve(PeftConfig.FILE));
    fields.put("layers_to_transform", 1).put("layers_pattern", "layer");
    fields
        .putObject("auto_mapping")
        .put("parent_library", "transformers.models.bert.modeling_bert")
        .put("base_model_class", "BertForSequenceClassification")
        .put("a_third_field", true);
    Files.writeString(theirs.resolve(PeftConfig.FILE), fields.toString());
    Path ours = folder.resolve("ours");

    PeftDirectory.create(ours, PeftDirectory.read(theirs, bert, "unknown"), card);

    assertThat(configWithoutVersion(ours)).isEqualTo(configWithoutVersion(theirs));
    assertThat(Golden.json(ours.resolve(PeftConfig.FILE)).get("auto_mapping"))
        .isEqualTo(fields.get("auto_mapping"));
  }

  private void mergedWeightsAgree(Case golden) {
    try (SafetensorsFile values = golden.values();
        SafetensorsFile stored = SafetensorsFile.open(golden.base().resolve("model.safetensors"))) {
      MergedWeights merged = merged(golden, stored);
      int compared = 0;
      for (String name : values.tensors().keySet()) {
        if (name.startsWith(golden.merged()) && !name.endsWith(".logits")) {
          float[] ours = merged.floats(name.substring(golden.merged().length()));
          assertThat(PaddedCase.distanceOf(ours, values.floats(name))).as(name).isLessThan(1e-5);
          compared++;
        }
      }
      assertThat(compared).isPositive();
      BaseWeights base = weights(golden, stored);
      for (String name : values.tensors().keySet()) {
        if (name.startsWith("dequantised.")) {
          float[] ours = base.floats(name.substring("dequantised.".length()));
          assertThat(PaddedCase.distanceOf(ours, values.floats(name))).as(name).isZero();
        }
      }
    }
  }

  private void float32Agrees(Case golden) {
    try (SafetensorsFile values = golden.values();
        Replica replica = replica(golden, golden.base(), BaseType.FLOAT32);
        Parameters theta = replica.parameters(golden.theta())) {
      PaddedCase inputs = PaddedCase.of(values, golden.config());
      float[][] logits = replica.logits(theta, inputs.batch());
      assertThat(inputs.distanceOfScores(logits, values.floats("logits"))).isLessThan(TOLERANCE);
      GroupSum sum = pass(replica, theta, inputs);
      double loss = values.floats("loss_sum")[0];
      assertThat(sum.lossSum()).isCloseTo(loss, within(TOLERANCE * loss));
      gradientsAgree(golden, values, sum.gradient());
    }
  }

  /** Relative 1e-4, or 1e-5 of the largest entry of all gradients of the case. */
  private static void gradientsAgree(Case golden, SafetensorsFile values, float[] gradient) {
    double largest = 0;
    for (Parameter parameter : learned(golden)) {
      largest = Math.max(largest, largest(values.floats("grad." + onDisk(golden, parameter))));
    }
    for (Parameter parameter : learned(golden)) {
      float[] expected = values.floats("grad." + onDisk(golden, parameter));
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) gradient[parameter.offset() + i])
            .as("%s at %d", parameter.tensor().name(), i)
            .isCloseTo(expected[i], within(1e-5 * largest + 1e-4 * Math.abs(expected[i])));
      }
    }
  }

  /** Of tensors without numbers, those of a module of rank 0, no gradient is stored. */
  private static List<Parameter> learned(Case golden) {
    return golden.adapter().plan().layout().parameters().stream()
        .filter(parameter -> parameter.tensor().size() > 0)
        .toList();
  }

  /** PEFT switches factors and kept modules off; a bias of the base that is trained stays. */
  private void disabledAgrees(Case golden) throws IOException {
    try (SafetensorsFile values = golden.values();
        Replica replica = bare(golden, withTrainedBiases(golden));
        Parameters none = replica.parameters(new float[0])) {
      PaddedCase inputs = PaddedCase.of(values, golden.config());
      float[][] logits = replica.logits(none, inputs.batch());
      assertThat(inputs.distanceOfScores(logits, values.floats("disabled.logits")))
          .isLessThan(TOLERANCE);
    }
  }

  private Path withTrainedBiases(Case golden) throws IOException {
    Map<String, float[]> biases = new TreeMap<>();
    for (Parameter parameter : golden.adapter().plan().layout().parameters()) {
      String module = parameter.tensor().module();
      if (parameter.role() == Parameter.Role.KEPT
          && !golden.adapter().plan().matched().keeps(module)) {
        biases.put(parameter.tensor().name(), golden.adapter().values(parameter));
      }
    }
    return biases.isEmpty() ? golden.base() : copy(golden, "biased", biases);
  }

  /** The base with some of its weights replaced. */
  private Path copy(Case golden, String suffix, Map<String, float[]> replaced) throws IOException {
    Path target = Files.createDirectories(folder.resolve(golden.name() + "-" + suffix));
    Files.copy(golden.base().resolve("config.json"), target.resolve("config.json"));
    try (SafetensorsFile stored =
        SafetensorsFile.open(golden.base().resolve("model.safetensors"))) {
      Map<String, float[]> inFile = new TreeMap<>();
      replaced.forEach(
          (name, values) ->
              inFile.put(golden.adapter().plan().matched().tree().nameInFiles(name), values));
      List<StoredTensor> tensors = new ArrayList<>();
      for (TensorSpec tensor : stored.tensors().values()) {
        float[] values = inFile.getOrDefault(tensor.name(), stored.floats(tensor.name()));
        tensors.add(StoredTensor.ofFloats(tensor.name(), tensor.shape(), values));
      }
      assertThat(stored.tensors().keySet()).containsAll(inFile.keySet());
      SafetensorsWriter.write(target.resolve("model.safetensors"), Map.of(), tensors);
    }
    return target;
  }

  private void mergedAgrees(Case golden) throws IOException {
    Path target = Files.createDirectories(folder.resolve(golden.name() + "-merged"));
    BaseDirectory base = new BaseDirectory(golden.base(), golden.name());
    try (SafetensorsFile stored = SafetensorsFile.open(base.weights())) {
      new MergedBase(merged(golden, stored), base)
          .write(target, Optional.empty(), ShardedWeights.USUAL_SHARD_BYTES);
    }
    try (SafetensorsFile values = golden.values();
        Replica replica =
            open(golden.config(), target, Attachment.none(), BaseType.FLOAT32, BaseForm.DENSE);
        Parameters none = replica.parameters(new float[0])) {
      PaddedCase inputs = PaddedCase.of(values, golden.config());
      float[][] logits = replica.logits(none, inputs.batch());
      assertThat(inputs.distanceOfScores(logits, values.floats(golden.merged() + "logits")))
          .isLessThan(TOLERANCE);
    }
  }

  /**
   * In float32 on weights rounded to bfloat16 the logits agree closely; in bfloat16 within twice
   * the distance that PEFT's own bfloat16 keeps from those.
   */
  private void bfloat16Agrees(Case golden) throws IOException {
    try (SafetensorsFile values = golden.values();
        Replica replica = replica(golden, golden.base(), BaseType.BFLOAT16);
        Parameters theta = replica.parameters(golden.theta())) {
      PaddedCase inputs = PaddedCase.of(values, golden.config());
      float[] reference = values.floats("bf16.reference_logits");
      assertThat(inputs.distanceOfScores(wideOnRounded(golden, inputs), reference))
          .isLessThan(TOLERANCE);
      float[][] logits = replica.logits(theta, inputs.batch());
      double gap = golden.facts().get("bf16_gap").doubleValue();
      assertThat(inputs.distanceOfScores(logits, reference)).isLessThanOrEqualTo(2 * gap);
      assertThat(inputs.cosineOfScores(logits, values.floats("bf16.logits"))).isGreaterThan(0.999);
      float[] gradient = pass(replica, theta, inputs).gradient();
      for (Parameter parameter : learned(golden)) {
        float[] ours = new float[parameter.tensor().size()];
        System.arraycopy(gradient, parameter.offset(), ours, 0, ours.length);
        float[] theirs = values.floats("bf16.grad." + onDisk(golden, parameter));
        if (isNoise(golden, values, parameter)) {
          continue;
        }
        assertThat(PaddedCase.cosineOf(ours, theirs))
            .as(onDisk(golden, parameter))
            .isGreaterThan(0.99);
      }
    }
  }

  /** The gradient of a key's bias is zero in exact arithmetic: it shifts all scores alike. */
  private static boolean isNoise(Case golden, SafetensorsFile values, Parameter parameter) {
    double largest = largest(values.floats("grad." + onDisk(golden, parameter)));
    double largestOfAll = 0;
    for (Parameter other : learned(golden)) {
      float[] gradient = values.floats("grad." + onDisk(golden, other));
      largestOfAll = Math.max(largestOfAll, largest(gradient));
    }
    return largest < 1e-5 * largestOfAll;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private float[][] wideOnRounded(Case golden, PaddedCase inputs) throws IOException {
    Path rounded = Files.createDirectories(folder.resolve(golden.name() + "-rounded"));
    Files.copy(golden.base().resolve("config.json"), rounded.resolve("config.json"));
    try (SafetensorsFile stored =
        SafetensorsFile.open(golden.base().resolve("model.safetensors"))) {
      List<StoredTensor> tensors = new ArrayList<>();
      ModuleTree tree = golden.adapter().plan().matched().tree();
      BaseWeights weights = BaseWeights.of(stored, tree).in(golden.form(), ElementType.BF16);
      for (TensorSpec tensor : stored.tensors().values()) {
        if (weights.layout(tensor.name()).isPresent()) {
          tensors.addAll(BitsAndBytesWriter.parts(tensor.name(), weights.quantized(tensor.name())));
          continue;
        }
        // PEFT loads the copies that an adapter brings, which are not rounded, over the base's.
        float[] values = stored.floats(tensor.name());
        values = golden.adapter().copies().containsKey(tensor.name()) ? values : rounded(values);
        tensors.add(StoredTensor.ofFloats(tensor.name(), tensor.shape(), values));
      }
      SafetensorsWriter.write(rounded.resolve("model.safetensors"), Map.of(), tensors);
    }
    try (Replica replica = replica(golden, rounded, BaseType.FLOAT32);
        Parameters theta = replica.parameters(golden.theta())) {
      return replica.logits(theta, inputs.batch());
    }
  }

  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      int even = bits + 0x7FFF + ((bits >>> 16) & 1);
      rounded[i] = Float.intBitsToFloat(even & 0xFFFF0000);
    }
    return rounded;
  }

  private static MergedWeights merged(Case golden, SafetensorsFile stored) {
    return MergedWeights.of(golden.adapter(), weights(golden, stored));
  }

  private static BaseWeights weights(Case golden, SafetensorsFile stored) {
    ModuleTree tree = golden.adapter().plan().matched().tree();
    return BaseWeights.of(stored, tree).in(golden.form(), ElementType.F32);
  }

  private Replica bare(Case golden, Path base) {
    return open(golden.config(), base, Attachment.none(), BaseType.FLOAT32, golden.form());
  }

  private Replica replica(Case golden, Path base, BaseType type) {
    Adapter adapter = golden.adapter();
    return open(adapter.plan().base(), base, adapter.plan().attachment(), type, golden.form());
  }

  private Replica open(
      ModelConfig config, Path base, Attachment attachment, BaseType type, BaseForm form) {
    String sha256 = Sha256.ofFile(base.resolve("model.safetensors"));
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1).with(form);
    return Replica.open(new BaseDirectory(base, sha256), config, attachment, settings, folder);
  }

  private static GroupSum pass(Replica replica, Parameters theta, PaddedCase inputs) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(inputs.batch(), 1);
      return pass.finish();
    }
  }

  private static String onDisk(Case golden, Parameter parameter) {
    return PeftDirectory.nameOnDisk(golden.adapter().plan(), parameter.tensor());
  }
}
