package io.rivulet.server.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The modules and rooms know each other in one direction only. */
class ArrowsTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.rivulet");

  @Test
  void theEngineKnowsTheJdkAndThreeSmallLibraries() {
    check(
        classes()
            .that()
            .resideInAPackage("io.rivulet.engine..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "io.rivulet.engine..",
                "java..",
                "org.jspecify..",
                "org.slf4j..",
                "com.google.errorprone.annotations..",
                "it.unimi.dsi.fastutil.."));
  }

  @Test
  void theStorageKnowsTheEngineAndRocksDb() {
    check(
        classes()
            .that()
            .resideInAPackage("io.rivulet.storage..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "io.rivulet.storage..",
                "io.rivulet.engine..",
                "java..",
                "org.jspecify..",
                "org.slf4j..",
                "com.google.errorprone.annotations..",
                "org.rocksdb..",
                "it.unimi.dsi.fastutil.."));
  }

  @Test
  void theClusterKnowsTheEngineAndNothingElseOfOurs() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.rivulet.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.rivulet.storage..",
                "io.rivulet.server..",
                "io.rivulet.client..",
                "io.rivulet.api.."));
  }

  @Test
  void onlyTheClusterKnowsBookKeeperAndZooKeeper() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.rivulet.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.bookkeeper..", "org.apache.zookeeper.."));
  }

  @Test
  void theStorageKnowsOnlyThePortsOfTheEngine() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.rivulet.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.rivulet.engine", "io.rivulet.engine.shard.."));
  }

  @Test
  void theClientKnowsTheApiAndNothingElseOfOurs() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage("io.rivulet.client..", "io.rivulet.api..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.rivulet.engine..", "io.rivulet.storage..", "io.rivulet.server.."));
  }

  @Test
  void nobodyKnowsTheServer() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.rivulet.server..", "io.rivulet.bench..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.rivulet.server.."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"io.rivulet.engine.(*)..", "io.rivulet.storage.(*)..", "io.rivulet.server.(*).."})
  void theRoomsOfAModuleFormNoKnot(String rooms) {
    check(slices().matching(rooms).should().beFreeOfCycles());
  }

  @Test
  void onlyTheEnginesClockReadsTheMachinesClock() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.rivulet.engine.time..", "io.rivulet.bench..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Clock.class, "systemUTC"));
  }

  @Test
  void randomnessComesInThroughTheConstructor() {
    check(
        noClasses()
            .should()
            .callMethod(Math.class, "random")
            .orShould()
            .callConstructor(Random.class));
  }

  @Test
  void productCodeNeverSleepsAndUsesNoCommonPool() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.rivulet.bench..")
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", Duration.class)
            .orShould()
            .callMethod(ForkJoinPool.class, "commonPool"));
  }

  private static void check(ArchRule rule) {
    rule.check(PRODUCT);
  }
}
