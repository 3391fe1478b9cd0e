package dev.rankwise.jobs.architecture;

import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What no code may call: anything that makes two runs differ, or runs what a stranger wrote. */
final class TestForbiddenCalls {

  /** Where clocks and random names are read; everything else is given them. */
  private static final String[] CLOCK_READERS = {
    "dev.rankwise.jobs..", "dev.rankwise.pipeline.checkpoint.."
  };

  /** Where the order of a loop decides the bits of a result. */
  private static final String[] ORDERED = {
    "dev.rankwise.adapters..",
    "dev.rankwise.pipeline.plan..",
    "dev.rankwise.pipeline.reduce..",
    "dev.rankwise.pipeline.optimizer..",
    "dev.rankwise.shuffled.."
  };

  private static final ArchRule NO_EXIT =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.rankwise.jobs..")
          .should()
          .callMethodWhere(calls(System.class, "exit"))
          .orShould()
          .callMethodWhere(calls(Runtime.class, "exit", "halt"));

  private static final ArchRule NO_CLOCK =
      noClasses()
          .that()
          .resideOutsideOfPackages(CLOCK_READERS)
          .should()
          .callMethodWhere(calls(Instant.class, "now"))
          .orShould()
          .callMethodWhere(calls(System.class, "nanoTime", "currentTimeMillis"))
          .orShould()
          .callMethodWhere(calls(UUID.class, "randomUUID"));

  private static final ArchRule NO_UNSEEDED_RANDOM =
      noClasses()
          .should()
          .callMethodWhere(calls(Math.class, "random"))
          .orShould()
          .callConstructor(Random.class)
          .orShould()
          .callMethodWhere(calls(java.util.concurrent.ThreadLocalRandom.class, "current"));

  private static final ArchRule NO_PARALLEL_STREAM =
      noClasses()
          .should()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "a stream made parallel",
                  call ->
                      call.getTarget().getName().equals("parallelStream")
                          || (call.getTarget().getName().equals("parallel")
                              && call.getTargetOwner()
                                  .getPackageName()
                                  .equals("java.util.stream"))));

  private static final ArchRule NO_UNORDERED_COLLECTION =
      noClasses()
          .that()
          .resideInAnyPackage(ORDERED)
          .should()
          .callConstructorWhere(
              DescribedPredicate.describe(
                  "a collection without an order",
                  call ->
                      call.getTargetOwner().isEquivalentTo(HashMap.class)
                          || call.getTargetOwner().isEquivalentTo(java.util.HashSet.class)))
          .orShould()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "a collector without an order",
                  call ->
                      call.getTargetOwner().isEquivalentTo(java.util.stream.Collectors.class)
                          && (call.getTarget().getName().equals("toSet")
                              || (call.getTarget().getName().matches("toMap|groupingBy")
                                  && call.getTarget().getRawParameterTypes().stream()
                                      .noneMatch(
                                          type ->
                                              type.isEquivalentTo(
                                                  java.util.function.Supplier.class))))));

  private static final ArchRule NO_FOREIGN_OBJECTS =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.io.ObjectInputStream")
          .orShould()
          .dependOnClassesThat(
              nameMatching("com\\.fasterxml\\.jackson\\.annotation\\.JsonTypeInfo.*"))
          .orShould()
          .callMethodWhere(
              DescribedPredicate.describe(
                  "typing chosen by the text",
                  call ->
                      call.getTarget()
                          .getName()
                          .matches(
                              "activateDefaultTyping.*|enableDefaultTyping.*|setDefaultTyping")))
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("org.yaml.snakeyaml..", "org.snakeyaml.engine.v2.constructor..");

  private static final List<ArchRule> RULES =
      List.of(
          NO_EXIT,
          NO_CLOCK,
          NO_UNSEEDED_RANDOM,
          NO_PARALLEL_STREAM,
          NO_UNORDERED_COLLECTION,
          NO_FOREIGN_OBJECTS);

  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes = ProductionClasses.read();
  }

  @Test
  void onlyTheCommandEndsTheProcess() {
    NO_EXIT.check(classes);
  }

  @Test
  void clocksAndRandomNamesAreHandedIn() {
    NO_CLOCK.check(classes);
  }

  @Test
  void everyRandomNumberHasASeed() {
    NO_UNSEEDED_RANDOM.check(classes);
  }

  @Test
  void noStreamIsParallel() {
    NO_PARALLEL_STREAM.check(classes);
  }

  @Test
  void collectionsThatDecideBitsHaveAnOrder() {
    NO_UNORDERED_COLLECTION.check(classes);
  }

  @Test
  void nothingReadMayChooseATypeToBuild() {
    NO_FOREIGN_OBJECTS.check(classes);
  }

  @Test
  void everyRuleReportsAClassThatBreaksIt() {
    JavaClasses broken =
        new ClassFileImporter().importClasses(dev.rankwise.shuffled.BreaksEveryRule.class);
    assertThat(RULES)
        .allSatisfy(
            rule ->
                assertThatThrownBy(() -> rule.check(broken)).isInstanceOf(AssertionError.class));
  }

  private static DescribedPredicate<JavaCall<?>> calls(Class<?> owner, String... methods) {
    Set<String> names = Set.copyOf(Arrays.asList(methods));
    return DescribedPredicate.describe(
        "a call of " + owner.getSimpleName() + "." + String.join("|", methods),
        call ->
            call.getTargetOwner().isEquivalentTo(owner)
                && names.contains(call.getTarget().getName()));
  }
}
