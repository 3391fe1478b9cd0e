package dev.rankwise.jobs.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a type looks like from outside: its name, its signatures, what it may extend. */
final class TestShapeOfTypes {

  private static final Set<String> SHIPPABLE =
      Set.of(
          "java.lang.String",
          "java.lang.Boolean",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double",
          "java.math.BigInteger",
          "java.util.List",
          "java.util.Map",
          "java.util.SortedMap",
          "java.util.OptionalInt");

  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes = ProductionClasses.read();
  }

  @Test
  void namesSayWhatATypeIs() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Common")
        .check(classes);
  }

  @Test
  void noImplementationIsInherited() {
    classes().should(extendNothingOfOurs()).check(classes);
  }

  @Test
  void noScalaTypeIsPublic() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should(mentionNothingFrom("scala."))
        .check(classes);
  }

  @Test
  void noNativeArrayLeavesTheDoor() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .resideOutsideOfPackage("dev.rankwise.models.torch..")
        .should(mentionNothingFrom("ai.djl."))
        .check(classes);
  }

  @Test
  void publicMethodsTakeNoFlags() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and(belongToNoForeignType())
        .should(takeNoBoolean())
        .check(classes);
  }

  @Test
  void whatTravelsToExecutorsIsPlainData() {
    classes()
        .that()
        .areRecords()
        .and()
        .areAssignableTo(Serializable.class)
        .should(holdPlainData())
        .check(classes);
  }

  private static ArchCondition<JavaClass> extendNothingOfOurs() {
    return new ArchCondition<>("extend no class of ours but the failures") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getRawSuperclass()
            .filter(parent -> parent.getPackageName().startsWith("dev.rankwise"))
            .filter(parent -> !parent.getPackageName().equals("dev.rankwise.models.failure"))
            .filter(parent -> !parent.isEnum())
            .ifPresent(
                parent ->
                    events.add(
                        SimpleConditionEvent.violated(
                            type, type.getName() + " extends " + parent.getName())));
      }
    };
  }

  private static ArchCondition<JavaMethod> mentionNothingFrom(String prefix) {
    return new ArchCondition<>("mention nothing from " + prefix) {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        if (!method.getOwner().getModifiers().contains(JavaModifier.SYNTHETIC)
            && !method.getModifiers().contains(JavaModifier.SYNTHETIC)
            && mentioned(method).anyMatch(type -> type.getName().startsWith(prefix))) {
          events.add(SimpleConditionEvent.violated(method, method.getFullName()));
        }
      }
    };
  }

  private static Stream<JavaClass> mentioned(JavaMethod method) {
    List<JavaType> types = new ArrayList<>(method.getParameterTypes());
    types.add(method.getReturnType());
    return types.stream().flatMap(type -> type.getAllInvolvedRawTypes().stream());
  }

  private static DescribedPredicate<JavaMethod> belongToNoForeignType() {
    return DescribedPredicate.describe(
        "belong to no foreign type",
        method ->
            Stream.concat(
                    method.getOwner().getAllRawSuperclasses().stream(),
                    method.getOwner().getAllRawInterfaces().stream())
                .filter(parent -> !parent.getPackageName().startsWith("dev.rankwise"))
                .flatMap(parent -> parent.getMethods().stream())
                .noneMatch(
                    parent ->
                        parent.getName().equals(method.getName())
                            && parent.getRawParameterTypes().size()
                                == method.getRawParameterTypes().size()));
  }

  private static ArchCondition<JavaMethod> takeNoBoolean() {
    return new ArchCondition<>("take no boolean") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        if (method.getRawParameterTypes().stream()
            .anyMatch(type -> type.isEquivalentTo(boolean.class))) {
          events.add(SimpleConditionEvent.violated(method, method.getFullName()));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> holdPlainData() {
    return new ArchCondition<>("hold only primitives, strings, arrays, enums and such records") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaField field : type.getFields()) {
          boolean plain =
              field.getModifiers().contains(JavaModifier.STATIC)
                  || field.getType().getAllInvolvedRawTypes().stream()
                      .allMatch(TestShapeOfTypes::plain);
          if (!plain) {
            events.add(SimpleConditionEvent.violated(type, field.getFullName()));
          }
        }
      }
    };
  }

  private static boolean plain(JavaClass type) {
    JavaClass element = type.isArray() ? type.getBaseComponentType() : type;
    return element.isPrimitive()
        || element.isEnum()
        || SHIPPABLE.contains(element.getName())
        || (element.isAssignableTo(Serializable.class)
            && (element.isRecord() || sealedOverRecords(element.reflect())));
  }

  /** Each of these records is checked as every other one is. */
  private static boolean sealedOverRecords(Class<?> type) {
    return type.isSealed()
        && Arrays.stream(type.getPermittedSubclasses()).allMatch(Class::isRecord);
  }
}
