package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestPeftDirectory {
  private static final String SHA256 = Sha256.ofText("the base");
  private static final ModelConfig BERT = ModelConfig.read(Golden.own("models/bert/config.json"));
  private static final List<String> LABELS = List.of("animal", "food", "person", "=\"|\n");
  private static final AdapterCard CARD = AdapterCard.of("0.1.0", "some/base", SHA256);
  private static final String A =
      "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight";
  private static final String HEAD = "base_model.model.classifier.weight";

  @TempDir Path temporary;
  private Path folder;
  private Adapter adapter;

  @BeforeEach
  void write() {
    folder = temporary.resolve("adapter");
    AdapterPlan plan =
        AdapterPlan.of(BERT.forClassification(LABELS), Specs.uneven(List.of("pooler")));
    adapter = Specs.random(plan, 7);
    PeftDirectory.create(folder, adapter, CARD);
  }

  @Test
  void comesBackWithItsClassesForAnyHeadOfTheBase() {
    Adapter again = PeftDirectory.read(folder, BERT, SHA256);
    assertThat(again.values()).isEqualTo(adapter.values());
    assertThat(again.plan().base().labels()).isEqualTo(LABELS);
    assertThat(again.plan().layout()).isEqualTo(adapter.plan().layout());
    assertThat(PeftDirectory.origin(folder))
        .contains(new AdapterOrigin("0.1.0", "some/base", SHA256, BaseHolding.usual(), LABELS));
  }

  @Test
  void saysInWhichFourBitsItsBaseWasHeldAndNothingOfOtherBases() throws IOException {
    BaseHolding bits = BaseHolding.named("fp4-128-single", "bfloat16", "a test");
    Path held = temporary.resolve("held");
    PeftDirectory.create(held, adapter, CARD.trainedOn(bits));
    Path wide = temporary.resolve("wide");
    PeftDirectory.create(
        wide, adapter, CARD.trainedOn(new BaseHolding(BaseForm.DENSE, BaseType.BFLOAT16)));

    assertThat(PeftDirectory.origin(held).orElseThrow().held()).isEqualTo(bits);
    assertThat(PeftDirectory.read(held, BERT, SHA256).values()).isEqualTo(adapter.values());
    assertThat(Files.readString(held.resolve(PeftDirectory.CARD)))
        .contains("| base held in | fp4-128-single of bfloat16 |\n");
    assertThat(wide.resolve(PeftDirectory.WEIGHTS))
        .hasSameBinaryContentAs(folder.resolve(PeftDirectory.WEIGHTS));
  }

  @ParameterizedTest
  @CsvSource({
    "nf3, bfloat16, 'Invalid form of the base in the adapter''s adapter_model.safetensors: \"nf3\"'",
    "nf4, float16, 'Invalid element type of the base in the adapter''s adapter_model.safetensors: \"float16\"'",
    "nf4, '', 'Invalid element type of the base'"
  })
  void refusesAFormOfItsBaseThatThereIsNot(String form, String type, String message)
      throws IOException {
    Path weights = folder.resolve(PeftDirectory.WEIGHTS);
    Map<String, String> header =
        new TreeMap<>(
            new AdapterOrigin("0.1.0", "b", SHA256, BaseHolding.usual(), LABELS).header());
    header.put("rankwise.base-quantization", form);
    header.put("rankwise.base-dtype", type);
    SafetensorsWriter.write(weights, header, List.of());

    assertThatThrownBy(() -> PeftDirectory.origin(folder))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theSameAdapterGivesTheSameBytes() throws IOException {
    Path second = temporary.resolve("second");
    PeftDirectory.create(second, PeftDirectory.read(folder, BERT, SHA256), CARD);
    for (String name : List.of(PeftConfig.FILE, PeftDirectory.WEIGHTS, PeftDirectory.CARD)) {
      assertThat(second.resolve(name)).hasSameBinaryContentAs(folder.resolve(name));
    }
    try (Stream<Path> files = Files.list(second)) {
      assertThat(files).hasSize(3);
    }
  }

  @Test
  void anotherLibrarysAdapterTakesTheBasesClassesOrNumbersThem() {
    rewrite(tensors -> {}, Map.of("format", "pt"));
    assertThat(PeftDirectory.origin(folder)).isEmpty();
    assertThat(PeftDirectory.read(folder, BERT, "other").plan().base().labels())
        .containsExactly("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3");
    ModelConfig four = BERT.forClassification(List.of("a", "b", "c", "d"));
    assertThat(PeftDirectory.read(folder, four, "other").plan().base().labels())
        .containsExactly("a", "b", "c", "d");
  }

  @Test
  void duplicatesOfKeptModulesAreSkipped() {
    rewrite(
        tensors -> {
          tensors.put(floats("base_model.model.classifier.modules_to_save.bias", 4));
          tensors.put(floats("base_model.model.bert.pooler.modules_to_save.default.dense.bias", 8));
          tensors.put(floats("base_model.model.bert.pooler.original_module.dense.bias", 8));
          tensors.put(floats("base_model.model.classifier.original_module.bias", 4));
        },
        Map.of("format", "pt"));
    assertThat(PeftDirectory.read(folder, BERT, SHA256).values()).isEqualTo(adapter.values());
  }

  @Test
  void narrowFloatsAreWidened() {
    rewrite(
        tensors -> {
          ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          bytes.putShort((short) 0x3F80).putShort((short) 0xBF00).putInt(0).flip();
          tensors.put(
              new StoredTensor(
                  "base_model.model.classifier.bias", ElementType.BF16, List.of(4L), bytes));
        },
        Map.of());
    Adapter read = PeftDirectory.read(folder, BERT, SHA256);
    int offset = read.plan().layout().offsetOf("classifier.bias");
    assertThat(read.values()[offset]).isEqualTo(1);
    assertThat(read.values()[offset + 1]).isEqualTo(-0.5f);
  }

  @Test
  void anAdapterOfAnotherBaseIsRefused() {
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, "0000"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Adapter %s was trained on base \"some/base\" with SHA-256 %s, and this base has 0000; name the base it was trained on"
                .formatted(folder, SHA256));
    rewrite(tensors -> {}, Map.of());
    ModelConfig roberta = ModelConfig.read(Golden.own("models/roberta/config.json"));
    assertThatThrownBy(() -> PeftDirectory.read(folder, roberta, "other"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("tensors missing that its configuration means on Roberta")
        .hasMessageEndingWith("name the base it was trained on, or a sound copy");
  }

  @Test
  void tensorsThatDoNotFitAreNamed() {
    rewrite(tensors -> tensors.remove(A), Map.of());
    assertRefused(
        "Adapter %s has 1 tensors missing that its configuration means on"
            + " BertForSequenceClassification, the first of them "
            + A
            + "; name the base it was trained on, or a sound copy");
    rewrite(tensors -> tensors.put(floats(A, 3, 48)), Map.of());
    assertRefused(
        "Adapter %s has 1 tensors of another shape than its configuration means on"
            + " BertForSequenceClassification, the first of them "
            + A
            + " is [3, 48], not [2, 48]; name the base it was trained on, or a sound copy");
    rewrite(
        tensors -> {
          tensors.put(floats(A, 2, 48));
          tensors.put(floats("../../etc/passwd", 1));
          tensors.put(floats("base_model.model.x\u0007", 1));
        },
        Map.of());
    assertRefused(
        "Adapter %s has 2 tensors that its configuration does not mean on"
            + " BertForSequenceClassification, the first of them ../../etc/passwd,"
            + " base_model.model.x?; name the base it was trained on, or a sound copy");
  }

  @Test
  void aTensorTooFewIsDamageIfTheBaseIsKnownToBeTheRightOne() {
    Map<String, String> header =
        new AdapterOrigin("0.1.0", "b", SHA256, BaseHolding.usual(), LABELS).header();
    rewrite(tensors -> tensors.remove(A), header);
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, SHA256))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageEndingWith("the first of them " + A + "; use a sound copy");
  }

  @Test
  void damagedNumbersAreRefused() {
    rewrite(
        tensors -> {
          float[] values = new float[2 * 48];
          values[5] = Float.NaN;
          tensors.put(StoredTensor.ofFloats(A, List.of(2L, 48L), values));
        },
        Map.of());
    assertCorrupt(
        "Adapter %s cannot be used: tensor "
            + A
            + " holds a number that is not finite; use a sound copy");
    rewrite(
        tensors -> tensors.put(StoredTensor.ofLongs(A, List.of(2L, 48L), new long[96])), Map.of());
    assertCorrupt(
        "Adapter %s cannot be used: tensor "
            + A
            + " has type I64 where F32, F16 or BF16 is needed; use a sound copy");
    rewrite(
        tensors -> tensors.put(floats(HEAD, 2, 48)),
        new AdapterOrigin("0.1.0", "b", SHA256, BaseHolding.usual(), LABELS).header());
    assertCorrupt(
        "Adapter %s cannot be used: it names 4 classes and its head has 2; use a sound copy");
  }

  @Test
  void aPickleIsNeverRead() throws IOException {
    Files.move(folder.resolve(PeftDirectory.WEIGHTS), folder.resolve("adapter_model.bin"));
    assertRefused(
        "Adapter %s holds adapter_model.bin, a pickle, which is a program and is never run; save the"
            + " adapter again in PEFT with safe_serialization=True");
    Files.delete(folder.resolve("adapter_model.bin"));
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, SHA256))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot read " + folder.resolve(PeftDirectory.WEIGHTS));
  }

  @Test
  void aDamagedHeaderIsRefused() throws IOException {
    Files.write(
        folder.resolve(PeftDirectory.WEIGHTS), new byte[] {-1, -1, -1, -1, -1, -1, -1, 127});
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, SHA256))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its header length is 9223372036854775807");
  }

  @Test
  void whatPeftCannotLoadIsNotWritten() {
    AdapterPlan kept =
        AdapterPlan.of(BERT, AdapterSpec.of("none").withTaskType(AdapterSpec.CLASSIFICATION));
    Path target = temporary.resolve("kept");
    assertThatThrownBy(() -> PeftDirectory.create(target, Specs.random(kept, 1), CARD))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot write an adapter of method \"none\" for PEFT (each PEFT adapter adapts a module,"
                + " this one adapts none); tune with a method such as \"lora\"");
    float[] spoilt = adapter.values();
    spoilt[0] = Float.NEGATIVE_INFINITY;
    assertThatThrownBy(
            () -> PeftDirectory.create(target, new Adapter(adapter.plan(), spoilt), CARD))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessage(
            "Adapter tensor bert.encoder.layer.0.attention.self.query.lora_A.weight holds a number"
                + " that is not finite, so the adapter is not written; lower the learning rate or go"
                + " back to an earlier checkpoint");
    assertThat(target).doesNotExist();
    assertThatThrownBy(() -> PeftDirectory.create(folder, adapter, CARD))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("exists already");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, SHA256))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message.formatted(folder));
  }

  private void assertCorrupt(String message) {
    assertThatThrownBy(() -> PeftDirectory.read(folder, BERT, SHA256))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(message.formatted(folder));
  }

  /** The tensors of a file, to be changed. */
  private static final class Tensors {
    private final Map<String, StoredTensor> byName = new TreeMap<>();

    void put(StoredTensor tensor) {
      byName.put(tensor.name(), tensor);
    }

    void remove(String name) {
      byName.remove(name);
    }
  }

  private void rewrite(Consumer<Tensors> change, Map<String, String> header) {
    Path file = folder.resolve(PeftDirectory.WEIGHTS);
    Tensors tensors = new Tensors();
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      for (TensorSpec tensor : stored.tensors().values()) {
        ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(tensor.byteSize()));
        copy.put(stored.bytes(tensor.name())).flip();
        tensors.put(new StoredTensor(tensor.name(), tensor.type(), tensor.shape(), copy));
      }
    }
    change.accept(tensors);
    SafetensorsWriter.write(file, header, tensors.byName.values());
  }

  private static StoredTensor floats(String name, long... shape) {
    List<Long> dimensions = Arrays.stream(shape).boxed().toList();
    int size = Math.toIntExact(dimensions.stream().reduce(1L, (a, b) -> a * b));
    return StoredTensor.ofFloats(name, dimensions, new float[size]);
  }
}
