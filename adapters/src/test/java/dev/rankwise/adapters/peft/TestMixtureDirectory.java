package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.RandomDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The folder of a mixture of experts: there and back, its experts by themselves, and bad ones. */
final class TestMixtureDirectory {
  private static final String ROUTER =
      "base_model.model.model.layers.0.mlp.gate_proj.lora_router.weight";

  @TempDir Path temporary;
  private RandomDecoder decoder;
  private Path folder;

  @BeforeEach
  void write() throws IOException {
    decoder = RandomDecoder.write(temporary, "llama", 81);
    folder = temporary.resolve("adapter");
  }

  @ParameterizedTest
  @CsvSource({"TOKEN,MODULE", "TOKEN,BLOCK", "TASK,MODULE", "TASK_EMBEDDING,MODULE"})
  void comesBackAsItWas(Router router, Scope scope) throws IOException {
    Adapter adapter = write(mixture(router, scope));

    Adapter again = PeftDirectory.read(folder, decoder.config(), decoder.directory().sha256());

    assertThat(again.values()).containsExactly(adapter.values());
    assertThat(again.plan().spec().mixture()).isEqualTo(adapter.plan().spec().mixture());
    assertThat(again.plan().spec().method()).isEqualTo("moe-lora");
    assertThat(Files.readString(folder.resolve(PeftConfig.FILE)))
        .contains("\"peft_type\": \"MOE_LORA\"", "\"format_version\": 1", "\"num_experts\": 3");
    assertThat(Files.readString(folder.resolve(PeftDirectory.CARD)))
        .contains("| experts | 3, of which", "path/to/this/folder/experts/0");
    Path second = temporary.resolve("second");
    PeftDirectory.create(second, again, card());
    assertThat(Files.readAllBytes(second.resolve(PeftDirectory.WEIGHTS)))
        .isEqualTo(Files.readAllBytes(folder.resolve(PeftDirectory.WEIGHTS)));
  }

  @Test
  void namesOfTasksComeBackUnderTheNextVersion() throws IOException {
    ExpertMixture named =
        mixture(Router.TASK, Scope.MODULE).withTaskNames(List.of("define", "name"));
    write(named);

    Adapter again = PeftDirectory.read(folder, decoder.config(), decoder.directory().sha256());

    assertThat(again.plan().spec().mixture()).isEqualTo(named);
    assertThat(Files.readString(folder.resolve(PeftConfig.FILE)))
        .contains("\"format_version\": 2", "\"task_names\": [")
        .containsPattern("\"define\",\\s+\"name\"");
    assertThat(Files.readString(folder.resolve(PeftDirectory.CARD)))
        .contains("| tasks | define, name |");
  }

  @ParameterizedTest
  @CsvSource({
    "DORA,TOKEN,MODULE,",
    "DORA,TASK_EMBEDDING,MODULE,",
    "LORA,TOKEN,BLOCK,2;3",
    "DORA,TOKEN,BLOCK_AND_MODULE,3;2"
  })
  void laterKindsComeBackUnderTheThirdVersion(Kind kind, Router router, Scope scope, String byLayer)
      throws IOException {
    ExpertMixture mixture = mixture(router, scope).withKind(kind);
    if (byLayer != null) {
      mixture =
          mixture.withExpertsByLayer(
              Arrays.stream(byLayer.split(";")).map(Integer::valueOf).toList());
    }
    Adapter adapter = write(mixture);

    Adapter again = PeftDirectory.read(folder, decoder.config(), decoder.directory().sha256());

    assertThat(again.values()).containsExactly(adapter.values());
    assertThat(again.plan().spec().mixture()).isEqualTo(mixture);
    String config = Files.readString(folder.resolve(PeftConfig.FILE));
    assertThat(config)
        .contains("\"format_version\": 3", "\"use_dora\": " + (kind == Kind.DORA))
        .contains("\"router_scope\": \"" + scope.name().toLowerCase(Locale.ROOT));
    assertThat(config.contains("\"experts_by_layer\": [")).isEqualTo(byLayer != null);
    for (int expert = 0; expert < 3; expert++) {
      Path own = folder.resolve("experts").resolve(Integer.toString(expert));
      Adapter single = PeftDirectory.read(own, decoder.config(), decoder.directory().sha256());
      assertThat(single.plan().spec().method()).isEqualTo(kind.name().toLowerCase(Locale.ROOT));
      List<String> modules =
          single.plan().matched().adapted().stream().map(it -> it.module().path()).toList();
      String fewer = "model.layers.%s.mlp.gate_proj";
      boolean has = byLayer == null || expert < 2;
      assertThat(modules)
          .contains(fewer.formatted(byLayer == null || byLayer.endsWith("3") ? 1 : 0));
      assertThat(
              modules.contains(fewer.formatted(byLayer == null || byLayer.endsWith("3") ? 0 : 1)))
          .isEqualTo(has);
      for (Parameter parameter : single.plan().layout().parameters()) {
        String module = parameter.tensor().module();
        boolean plain = scope == Scope.BLOCK && module.endsWith("q_proj");
        String name =
            plain
                ? parameter.tensor().name()
                : "%s.experts.%s.%s".formatted(module, expert, parameter.tensor().tensor());
        int offset = adapter.plan().layout().offsetOf(name);
        assertThat(single.values(parameter))
            .containsExactly(
                Arrays.copyOfRange(adapter.values(), offset, offset + parameter.tensor().size()));
      }
    }
    assertThat(Files.exists(folder.resolve("experts/3"))).isFalse();
    assertThat(Files.readString(folder.resolve(PeftDirectory.CARD)))
        .contains(byLayer == null ? "| experts | 3" : " by layer, from the first up");
  }

  @Test
  void groupsComeBackUnderTheThirdVersion() throws IOException {
    ExpertMixture grouped =
        new ExpertMixture(4, 4, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 5)
            .withGroups(new ExpertGroups(List.of(0, 1, 0), 0.2), List.of("a", "b", "c"));
    write(grouped);

    Adapter again = PeftDirectory.read(folder, decoder.config(), decoder.directory().sha256());

    assertThat(again.plan().spec().mixture()).isEqualTo(grouped);
    assertThat(Files.readString(folder.resolve(PeftConfig.FILE)))
        .contains("\"format_version\": 3", "\"group_preference\": 0.2")
        .containsPattern("\"task_groups\": \\[\\s+0,\\s+1,\\s+0");
  }

  @Test
  void aNumberOfExpertsThatIsNotTheMostOfItsLayersIsRefused() throws IOException {
    refusedAfterChange(
        mixture(Router.TOKEN, Scope.BLOCK).withExpertsByLayer(List.of(2, 3)),
        "\"num_experts\": 3",
        "\"num_experts\": 5",
        "Invalid num_experts: 5 with experts_by_layer [2, 3] (must be the most of these, 3)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"num_tasks\": 2 | \"num_tasks\": 3 | Invalid task_names: [define, name] for 3 tasks (must be"
            + " as many names, each once and not empty)",
        "\"define\" | \"name\" | Invalid task_names: [name, name] for 2 tasks"
      })
  void namesThatDoNotFitTheTasksAreRefused(String before, String after, String message)
      throws IOException {
    ExpertMixture named =
        mixture(Router.TASK, Scope.MODULE).withTaskNames(List.of("define", "name"));
    refusedAfterChange(named, before, after, message);
  }

  @Test
  void aTaskIsFoundByItsName() {
    ExpertMixture numbered = mixture(Router.TASK, Scope.MODULE);
    assertThat(numbered.taskCalled("1")).isEqualTo(1);
    ExpertMixture named = numbered.withTaskNames(List.of("define", "name"));
    assertThat(named.taskCalled("name")).isEqualTo(1);
    assertThatThrownBy(() -> named.taskCalled("synonym"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown task: \"synonym\" (the adapter routes by the tasks define, name); name one of"
                + " them");
  }

  @ParameterizedTest
  @EnumSource(Router.class)
  void eachExpertIsAnOrdinaryAdapter(Router router) {
    Scope scope = router == Router.TOKEN ? Scope.BLOCK : Scope.MODULE;
    Adapter adapter = write(mixture(router, scope));
    for (int expert = 0; expert < 3; expert++) {
      Adapter own =
          PeftDirectory.read(
              folder.resolve("experts").resolve(Integer.toString(expert)),
              decoder.config(),
              decoder.directory().sha256());
      assertThat(own.plan().spec().method()).isEqualTo("lora");
      assertThat(own.plan().matched().adapted().get(0).scale())
          .isEqualTo(router == Router.TASK_EMBEDDING ? 2.0 / 3 : 2);
      for (Parameter parameter : own.plan().layout().parameters()) {
        String module = parameter.tensor().module();
        boolean plain = scope == Scope.BLOCK && module.endsWith("q_proj");
        String name =
            plain
                ? parameter.tensor().name()
                : "%s.experts.%s.%s".formatted(module, expert, parameter.tensor().tensor());
        int offset = adapter.plan().layout().offsetOf(name);
        assertThat(own.values(parameter))
            .containsExactly(
                Arrays.copyOfRange(adapter.values(), offset, offset + parameter.tensor().size()));
      }
    }
  }

  @Test
  void mergingIsRefusedWithTheReason() {
    Adapter adapter = write(mixture(Router.TOKEN, Scope.BLOCK));
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      BaseWeights weights = BaseWeights.of(file, adapter.plan().matched().tree());
      assertThatThrownBy(() -> MergedWeights.of(adapter, weights))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot merge an adapter of method \"moe-lora\": its router weighs the experts anew for"
                  + " each token, so no single weight computes the same; apply it as an adapter, or"
                  + " merge one expert, which lies in its folder experts as an adapter of its own");
    }
  }

  @Test
  void aRouterOfAnotherWidthIsRefused() {
    write(mixture(Router.TOKEN, Scope.BLOCK));
    replace(ROUTER, new long[] {3, 5});
    refused(
        CorruptFileException.class,
        "has 1 tensors of another shape than its configuration means on LlamaForCausalLM, the first"
            + " of them "
            + ROUTER
            + " is [3, 5], not [3, 24]; use a sound copy");
  }

  @Test
  void aRouterOfFewerExpertsIsRefused() {
    write(mixture(Router.TOKEN, Scope.BLOCK));
    replace(ROUTER, new long[] {2, 24});
    refused(CorruptFileException.class, ROUTER + " is [2, 24], not [3, 24]; use a sound copy");
  }

  @Test
  void aMixtureWithoutItsRouterIsRefused() {
    write(mixture(Router.TOKEN, Scope.BLOCK));
    replace(ROUTER, new long[0]);
    refused(CorruptFileException.class, "tensors missing that its configuration means");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"top_k\": 2 | \"top_k\": 4 | Invalid top_k: 4 of 3 experts (must be at least 1 and at most"
            + " their number)",
        "\"format_version\": 1 | \"format_version\": 4 | (this version reads 1, 2 and 3)",
        "\"router\": \"token\" | \"router\": \"sinkhorn\" | (must be one of [token, task,"
            + " task_embedding])",
        "\"use_dora\": false | \"use_dora\": true | Unsupported format_version: 1 in",
        "\"router_scope\": \"block\" | \"router_scope\": \"block_and_module\" | (what the file asks for is"
            + " of version 3)",
        "\"router_temperature\": 1.0 | \"router_temperature\": 0.0 | Invalid router_temperature: 0.0"
            + " (must be positive and finite)",
        "\"router\": \"token\" | \"router\": \"task\" | Invalid router_scope: block (a task's gate"
            + " weighs all experts of a module); set it to module, or router to token"
      })
  void aConfigurationThatMeansNothingIsRefused(String before, String after, String message)
      throws IOException {
    refusedAfterChange(mixture(Router.TOKEN, Scope.BLOCK), before, after, message);
  }

  @Test
  void allProblemsOfAMixtureAreSaidAtOnce() {
    assertThatThrownBy(
            () ->
                new ExpertMixture(
                    2, 0, Router.TOKEN, Scope.MODULE, Gates.RAW, -1, -1, Double.NaN, 1, 0, 0))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid top_k: 0 of 2 experts (must be at least 1 and at most their number); Invalid"
                + " router_temperature: -1.0 (must be positive and finite); Invalid"
                + " router_aux_loss_coef: -1.0 (must be finite and at least 0); Invalid"
                + " router_z_loss_coef: NaN (must be finite and at least 0); Invalid router_jitter:"
                + " 1.0 (must be in [0, 1)); Invalid num_tasks: 0 (must be at least 1); Invalid"
                + " task_embedding_dim: 0 (must be at least 1)");
  }

  @Test
  void thereIsNothingOfPeftsToCompareWith() {
    write(mixture(Router.TOKEN, Scope.BLOCK));
    assertThatThrownBy(() -> TargetsReport.print(decoder.config(), folder.resolve(PeftConfig.FILE)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unsupported method: \"moe-lora\" (PEFT has no such method, so there is nothing to compare"
                + " with)");
  }

  private void refused(Class<? extends RankwiseException> type, String message) {
    assertThatThrownBy(
            () -> PeftDirectory.read(folder, decoder.config(), decoder.directory().sha256()))
        .isInstanceOf(type)
        .hasMessageContaining(message);
  }

  /** Writes the numbers again with another tensor of that name; without shape it is left out. */
  private void replace(String name, long[] shape) {
    Path weights = folder.resolve(PeftDirectory.WEIGHTS);
    List<StoredTensor> tensors = new ArrayList<>();
    Map<String, String> header;
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      header = file.metadata();
      for (TensorSpec tensor : file.tensors().values()) {
        if (!tensor.name().equals(name)) {
          tensors.add(
              StoredTensor.ofFloats(tensor.name(), tensor.shape(), file.floats(tensor.name())));
        } else if (shape.length > 0) {
          List<Long> other = Arrays.stream(shape).boxed().toList();
          float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
          tensors.add(StoredTensor.ofFloats(name, other, values));
        }
      }
    }
    SafetensorsWriter.write(weights, header, tensors);
  }

  private Adapter write(ExpertMixture mixture) {
    AdapterSpec spec =
        AdapterSpec.of("moe-lora")
            .withRank(2, 4)
            .withTargets(ModuleChoice.of(List.of("q_proj", "gate_proj", "down_proj")))
            .withMixture(mixture);
    Adapter adapter = Specs.random(AdapterPlan.of(decoder.config(), spec), 5);
    PeftDirectory.create(folder, adapter, card());
    return adapter;
  }

  private AdapterCard card() {
    return AdapterCard.of("0.1.0", "some/base", decoder.directory().sha256());
  }

  /** Writes a mixture, changes its configuration by hand, and expects a refusal. */
  private void refusedAfterChange(
      ExpertMixture mixture, String before, String after, String message) throws IOException {
    write(mixture);
    Path config = folder.resolve(PeftConfig.FILE);
    String text = Files.readString(config);
    assertThat(text).contains(before);
    Files.writeString(config, text.replace(before, after));
    refused(UserInputException.class, message);
  }

  private static ExpertMixture mixture(Router router, Scope scope) {
    return new ExpertMixture(3, 2, router, scope, Gates.RENORMALISED, 1, 0.01, 0, 0, 2, 5);
  }
}
