package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.OutputSection.Nightly;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.train.SparkDefaults;
import java.io.IOException;
import java.io.Reader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.filter.ThresholdFilter;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every file in {@code conf} is what it says. */
@Tag("core")
final class TestConfFiles {
  private static final String LOG = "rankwise.log";
  private static final Path CONF = Path.of("..", "conf");
  private static final Path SCHEDULES = CONF.resolve("schedules");

  @Test
  void eachFileIsReadByATest() throws IOException {
    try (Stream<Path> files = Files.list(CONF)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "quickstart.yaml",
              "quickstart-dora.yaml",
              "quickstart-adalora.yaml",
              "quickstart-ia3.yaml",
              "quickstart-qlora.yaml",
              "classify-csv.yaml",
              "classify-table.yaml",
              "clean-table.yaml",
              "nightly-csv.yaml",
              "nightly-table.yaml",
              "schedules",
              "pretrain-dictionary.yaml",
              "dictionary-llama.json",
              "define-words.yaml",
              "define-words-experts.yaml",
              "define-words-tasks.yaml",
              "qlora-define-words.yaml",
              "pretrain-icons.yaml",
              "icons-vit.json",
              "vora-icons.yaml",
              "compare-methods.yaml",
              "compare-methods-decoder.yaml",
              "compare-ranks.yaml",
              "compare-tasks.yaml",
              "compare-vora.yaml",
              "compare-quantization.yaml",
              "compare-quantization-encoder.yaml",
              "spark-defaults.conf",
              "spark-standalone.conf",
              "spark-yarn.conf",
              "spark-hdfs.conf",
              "spark-s3.conf",
              "spark-kubernetes.conf",
              "log4j2.properties",
              "metrics.properties",
              "jvm.options",
              "launch.options");
    }
  }

  @Test
  void theQuickStartWithAnotherMethodDiffersInNothingElse() {
    Recipe lora = Recipe.read(CONF.resolve("quickstart.yaml"), List.of());
    Recipe dora = Recipe.read(CONF.resolve("quickstart-dora.yaml"), List.of());

    assertThat(dora.adapter().spec()).isEqualTo(lora.adapter().spec().withMethod("dora"));
    Recipe qlora = Recipe.read(CONF.resolve("quickstart-qlora.yaml"), List.of());
    assertThat(qlora.toYaml().replace("quantization: nf4", "quantization: none"))
        .isEqualTo(lora.toYaml());
    Recipe define = Recipe.read(CONF.resolve("define-words.yaml"), List.of());
    Recipe inFour = Recipe.read(CONF.resolve("qlora-define-words.yaml"), List.of());
    assertThat(
            inFour
                .toYaml()
                .replace("quantization: nf4", "quantization: none")
                .replaceFirst("  dtype: bfloat16", "  dtype: float32"))
        .isEqualTo(define.toYaml());
    assertThat(dora.data()).isEqualTo(lora.data());
    assertThat(dora.train()).isEqualTo(lora.train());
    assertThat(dora.evaluate()).isEqualTo(lora.evaluate());
    Recipe adaLora = Recipe.read(CONF.resolve("quickstart-adalora.yaml"), List.of());
    assertThat(adaLora.adapter().spec().method()).isEqualTo("adalora");
    assertThat(adaLora.adapter().spec().allocation().targetRank())
        .as("as many parameters at the end")
        .isEqualTo(lora.adapter().spec().rank());
    assertThat(adaLora.adapter().spec().targets()).isEqualTo(lora.adapter().spec().targets());
    assertThat(adaLora.data()).isEqualTo(lora.data());
    assertThat(adaLora.train()).isEqualTo(lora.train());
    assertThat(adaLora.evaluate()).isEqualTo(lora.evaluate());
  }

  @Test
  void expertsLearnTheTaskOfTheDictionary() {
    Recipe lora = Recipe.read(CONF.resolve("define-words.yaml"), List.of());
    Recipe experts = Recipe.read(CONF.resolve("define-words-experts.yaml"), List.of());

    assertThat(experts.adapter().spec().method()).isEqualTo("moe-lora");
    assertThat(experts.adapter().spec().mixture().scope()).isEqualTo(ExpertMixture.Scope.BLOCK);
    assertThat(experts.data()).isEqualTo(lora.data());
    assertThat(experts.train()).isEqualTo(lora.train());
    assertThat(experts.base()).isEqualTo(lora.base());
  }

  @Test
  void fourTasksOfTheDictionaryAreRoutedByTask() {
    Recipe tasks = Recipe.read(CONF.resolve("define-words-tasks.yaml"), List.of());
    Recipe define = Recipe.read(CONF.resolve("define-words.yaml"), List.of());

    assertThat(tasks.base()).isEqualTo(define.base());
    ExpertMixture mixture = tasks.adapter().spec().mixture();
    assertThat(mixture.router()).isEqualTo(ExpertMixture.Router.TASK);
    assertThat(mixture.tasks()).isEqualTo(4);
    assertThat(mixture.taskNames()).containsExactly("define", "name", "category", "synonym");
    assertThat(tasks.data().taskSources()).hasSize(4);
    assertThat(tasks.data().task("synonym").weight()).isEqualTo(2);
    Recipe lora =
        Recipe.read(
            CONF.resolve("define-words-tasks.yaml"),
            List.of("adapter.method=lora", "adapter.rank=16"));
    assertThat(lora.adapter().spec().rank())
        .as("as many parameters in one LoRA")
        .isEqualTo(mixture.experts() * tasks.adapter().spec().rank());
  }

  @Test
  void theDictionaryIsTrainedFromASmallConfiguration() {
    Recipe pretrain = Recipe.read(CONF.resolve("pretrain-dictionary.yaml"), List.of());
    Recipe define = Recipe.read(CONF.resolve("define-words.yaml"), List.of());
    ModelConfig config = ModelConfig.read(CONF.resolve("dictionary-llama.json"));

    assertThat(pretrain.adapter().spec().method()).isEqualTo("full");
    assertThat(pretrain.data().sequences().kind(config)).isEqualTo(ExampleKind.SEQUENCES);
    assertThat(define.adapter().spec().method()).isEqualTo("lora");
    long parameters =
        ModuleTree.of(config).tensors().values().stream()
            .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
            .sum();
    assertThat(parameters).isBetween(3_000_000L, 5_000_000L);
  }

  @Test
  void theRecipeForAFileNamesEveryKey() throws IOException {
    Path file = CONF.resolve("classify-csv.yaml");
    List<String> lines = Files.readAllLines(file);

    Recipe recipe = Recipe.read(file, List.of());

    assertThat(RecipeKeys.all())
        .allSatisfy(
            key ->
                assertThat(lines).anyMatch(line -> line.startsWith("  " + key.shortName() + ": ")));
    assertThat(recipe.data().source()).isEqualTo("tickets.csv");
    assertThat(recipe.adapter().spec().targets().kind()).isEqualTo(ModuleChoice.Kind.ALL_LINEAR);
    assertThat(recipe.notes()).isEmpty();
  }

  @Test
  void theRecipeForATableRunsInBfloat16() {
    Recipe recipe = Recipe.read(CONF.resolve("classify-table.yaml"), List.of());

    assertThat(recipe.base().dtype()).isEqualTo(BaseType.BFLOAT16);
    assertThat(recipe.train().adapterCompute()).isEqualTo(BaseType.BFLOAT16);
    assertThat(recipe.train().settings().shape()).isEqualTo(RateShape.COSINE);
    assertThat(recipe.data().source()).startsWith("sql:SELECT ");
    assertThat(recipe.data().evaluationSource()).isEqualTo("table:support.tickets_held_out");
    assertThat(recipe.spark().settings()).containsEntry("spark.executor.memoryOverhead", "6g");
    assertThat("roberta.encoder.layer.0.attention.self.query")
        .matches(recipe.adapter().spec().targets().entries().get(0));
  }

  @Test
  void nightsAreJudgedAndRegistered() {
    Recipe csv = Recipe.read(CONF.resolve("nightly-csv.yaml"), List.of());
    assertThat(csv.evaluate().gates()).hasSize(2);
    assertThat(csv.output().nightly().promotion()).isEqualTo(Nightly.Promotion.AUTOMATIC);

    Recipe table = Recipe.read(CONF.resolve("nightly-table.yaml"), List.of());
    assertThat(table.evaluate().gates().get(0).betterLow()).isTrue();
    assertThat(table.output().nightly())
        .isEqualTo(
            new Nightly(
                "hdfs:///user/support/registry",
                "answers",
                Nightly.Start.LAST,
                Nightly.Promotion.BY_COMMAND,
                120));
  }

  /** The program is not installed where its units name it, so they are verified with another. */
  @Test
  void systemdTakesTheUnitsOfANight(@TempDir Path folder) throws Exception {
    Path systemd = Path.of("/usr/bin/systemd-analyze");
    assumeTrue(Files.isExecutable(systemd), "systemd-analyze is not installed");
    String service = Files.readString(SCHEDULES.resolve("rankwise-nightly.service"));
    String here =
        service
            .replace("/opt/rankwise/rankwise ", "/bin/true ")
            .replace("User=rankwise", "User=root")
            .replace("WorkingDirectory=/opt/rankwise", "WorkingDirectory=/");
    assertThat(here).isNotEqualTo(service);
    Files.writeString(folder.resolve("rankwise-nightly.service"), here);
    Files.copy(
        SCHEDULES.resolve("rankwise-nightly.timer"), folder.resolve("rankwise-nightly.timer"));
    Process process =
        new ProcessBuilder(
                systemd.toString(),
                "verify",
                folder.resolve("rankwise-nightly.service").toString(),
                folder.resolve("rankwise-nightly.timer").toString())
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(told).isZero();
    assertThat(service).contains("RestartPreventExitStatus=2 3 4 5 7 9 70");
  }

  /** What only the programs that they are for can read, {@code .ci/schedules} gives to these. */
  @Test
  void eachScheduleDoesTheSameNight() throws IOException {
    try (Stream<Path> files = Files.list(SCHEDULES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "nightly.cron",
              "rankwise-nightly.service",
              "rankwise-nightly.timer",
              "airflow.py",
              "kubernetes.yaml",
              "argo.yaml");
    }
    for (String name : List.of("airflow.py", "kubernetes.yaml", "argo.yaml")) {
      assertThat(Files.readString(SCHEDULES.resolve(name)))
          .contains("0 2 * * *", "dev.rankwise.jobs.Rankwise", "/opt/rankwise/rankwise.jar")
          .containsPattern("nightly\\W+/etc/rankwise/tickets.yaml\\W+--out\\W")
          .contains(".ci/schedules");
    }
  }

  @Test
  void cronDoesWhatTheTimerDoes() throws IOException {
    String cron = Files.readString(SCHEDULES.resolve("nightly.cron"));
    String service = Files.readString(SCHEDULES.resolve("rankwise-nightly.service"));
    String command = "rankwise nightly /etc/rankwise/tickets.yaml --out /var/lib/rankwise/tickets";

    assertThat(cron.lines().filter(line -> !line.startsWith("#")).toList())
        .hasSize(2)
        .last(InstanceOfAssertFactories.STRING)
        .startsWith("0 2 * * * cd /opt/rankwise && ./" + command + " >");
    assertThat(service).contains("ExecStart=/opt/rankwise/" + command + "\n");
  }

  @Test
  void theSettingsForSparkAreThoseOfTraining() throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(CONF.resolve("spark-defaults.conf"))) {
      properties.load(reader);
    }
    assertThat(properties).containsExactlyInAnyOrderEntriesOf(SparkDefaults.settings());
  }

  @ParameterizedTest
  @ValueSource(strings = {"standalone", "yarn", "hdfs", "s3", "kubernetes"})
  void settingsOfAClusterLeaveThoseOfTrainingAlone(String cluster) throws IOException {
    Path file = CONF.resolve("spark-%s.conf".formatted(cluster));
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    assertThat(properties).isNotEmpty();
    assertThat(properties.stringPropertyNames())
        .allMatch(key -> key.startsWith("spark."))
        .noneMatch(SparkDefaults.settings()::containsKey);
    assertThat(Files.readString(file))
        .as("says whether it was tried")
        .contains(cluster.equals("kubernetes") ? "NOT RUN" : "tried");
    assertThat(Files.readString(file))
        .as("says how it is compared with what a run takes")
        .containsPattern("rankwise\\s+(# )?doctor ")
        .contains(
            List.of("hdfs", "s3").contains(cluster)
                ? "--shared"
                : "--conf spark.executor.memoryOverhead=");
  }

  @Test
  void javaTakesTheOptionsOfTheLauncher() throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + CONF.resolve("jvm.options"),
                "@" + CONF.resolve("launch.options"),
                "-version")
            .redirectErrorStream(true)
            .start();
    String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(java.waitFor()).as(output).isZero();
  }

  @Test
  void whatSparkNeedsOfJavaIsGivenToTheTests() throws IOException {
    assertThat(Files.readAllLines(CONF.resolve("jvm.options")))
        .filteredOn(line -> !line.startsWith("#"))
        .isNotEmpty()
        .isSubsetOf(ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  @Test
  void onlyWarningsOfOursGoToTheConsole(@TempDir Path folder) {
    String before = System.setProperty(LOG, folder.resolve("conf.log").toString());
    try (LoggerContext context = new LoggerContext("conf")) {
      context.start(
          ConfigurationFactory.getInstance()
              .getConfiguration(context, "conf", CONF.resolve("log4j2.properties").toUri()));
      Configuration configuration = context.getConfiguration();

      assertThat(configuration.getRootLogger().getAppenders()).containsOnlyKeys("file");
      LoggerConfig ours = configuration.getLoggerConfig("dev.rankwise.jobs");
      assertThat(ours.getName()).isEqualTo("dev.rankwise");
      assertThat(ours.getAppenders()).containsOnlyKeys("console");
      ConsoleAppender console = configuration.getAppender("console");
      assertThat(console.getTarget()).isEqualTo(ConsoleAppender.Target.SYSTEM_ERR);
      assertThat(console.getFilter())
          .isInstanceOfSatisfying(
              ThresholdFilter.class, filter -> assertThat(filter.getLevel()).isEqualTo(Level.WARN));
      assertThat(folder.resolve("conf.log")).exists();
    } finally {
      System.setProperty(LOG, before);
    }
  }
}
