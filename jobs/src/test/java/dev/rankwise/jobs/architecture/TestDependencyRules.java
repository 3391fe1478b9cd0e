package dev.rankwise.jobs.architecture;

import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use whom: models, then adapters and datasets side by side, then pipeline, then jobs. */
final class TestDependencyRules {

  private static final String MODELS = "dev.rankwise.models..";
  private static final String ADAPTERS = "dev.rankwise.adapters..";
  private static final String DATASETS = "dev.rankwise.datasets..";
  private static final String PIPELINE = "dev.rankwise.pipeline..";
  private static final String JOBS = "dev.rankwise.jobs..";

  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes = ProductionClasses.read();
  }

  @ParameterizedTest
  @ValueSource(strings = {"models", "adapters", "datasets", "pipeline", "jobs"})
  void theClassesOfEveryModuleAreSeen(String module) {
    assertThat(classes)
        .anyMatch(type -> type.getPackageName().startsWith("dev.rankwise." + module));
  }

  @Test
  void modelsUseNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage(MODELS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ADAPTERS, DATASETS, PIPELINE, JOBS)
        .check(classes);
  }

  @Test
  void adaptersUseOnlyModels() {
    noClasses()
        .that()
        .resideInAPackage(ADAPTERS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(DATASETS, PIPELINE, JOBS)
        .check(classes);
  }

  @Test
  void datasetsUseOnlyModels() {
    noClasses()
        .that()
        .resideInAPackage(DATASETS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ADAPTERS, PIPELINE, JOBS)
        .check(classes);
  }

  @Test
  void datasetsSeeNoNetwork() {
    noClasses()
        .that()
        .resideInAPackage(DATASETS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.rankwise.models.torch..", "dev.rankwise.models.network..")
        .check(classes);
  }

  @Test
  void pipelineDoesNotSeeJobs() {
    noClasses()
        .that()
        .resideInAPackage(PIPELINE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(JOBS)
        .check(classes);
  }

  @Test
  void sparkStaysAtTheEdge() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.rankwise.datasets.base..",
            "dev.rankwise.datasets.spark..",
            "dev.rankwise.datasets.clean..",
            "dev.rankwise.datasets.source..",
            "dev.rankwise.datasets.prepare..",
            "dev.rankwise.datasets.shard..",
            "dev.rankwise.pipeline.executor..",
            "dev.rankwise.pipeline.train..",
            "dev.rankwise.pipeline.evaluate..",
            "dev.rankwise.pipeline.tune..",
            "dev.rankwise.pipeline.estimator..",
            JOBS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.spark..")
        .check(classes);
  }

  @Test
  void theEngineIsEnteredThroughOneDoor() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.rankwise.models.torch..", "dev.rankwise.models.network..")
        .should(dependOnClassesThat(inEngine()))
        .check(classes);
  }

  @Test
  void nativeCallsAreMadeInOnePackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rankwise.models.torch..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.pytorch.jni..")
        .check(classes);
  }

  @Test
  void nativeTokenizersStayInTheirPackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rankwise.models.tokenizer..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.huggingface..")
        .check(classes);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.rankwise.(*).(*)..").should().beFreeOfCycles().check(classes);
  }

  private static DescribedPredicate<JavaClass> inEngine() {
    return DescribedPredicate.describe(
        "belong to the engine",
        type ->
            type.getPackageName().startsWith("ai.djl")
                && !type.getPackageName().startsWith("ai.djl.huggingface"));
  }
}
