package dev.rankwise.jobs.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** The classes that the rules are about: those of all modules, without what only tests use. */
final class ProductionClasses {

  private ProductionClasses() {}

  /** Reads them from the class path, where a module's tests lie in a folder or in a jar. */
  static JavaClasses read() {
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("-tests.jar"))
        .importPackages("dev.rankwise");
  }
}
