package dev.rankwise.jobs.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.doctor.Finding.Weight;
import dev.rankwise.jobs.survey.BaseAnswer;
import dev.rankwise.jobs.survey.CacheAnswer;
import dev.rankwise.jobs.survey.DeviceAnswer;
import dev.rankwise.jobs.survey.FileAnswer;
import dev.rankwise.jobs.survey.FolderAnswer;
import dev.rankwise.jobs.survey.FolderAnswer.Sight;
import dev.rankwise.jobs.survey.LibraryAnswer;
import dev.rankwise.jobs.survey.MemoryAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What each check says of one thing that is wrong with a cluster that is else in good health. */
final class TestDiagnosis {
  private final Patient patient = new Patient();

  @Test
  void ofAClusterInGoodHealthNothingIsFound() {
    share("0", "1");
    Diagnosis diagnosis = patient.diagnosis();
    List<String> lines = new ArrayList<>();
    diagnosis.tell(lines::add);

    assertThat(diagnosis.mustBeMended()).isFalse();
    assertThat(diagnosis.checks()).allSatisfy(check -> assertThat(check.findings()).isEmpty());
    assertThat(lines)
        .contains(
            "Master     spark://a:7077",
            "Executors  2 on 2 hosts, 2 tasks at once on each",
            "Library    libtorch 2.7.1",
            "Numerics   the same bits from Xeon [avx2]",
            "Clocks     within 0.10 s of the driver's",
            "Folders    output.directory /shared",
            "Result     nothing to mend")
        .hasSize(diagnosis.checks().size() + 2);
    assertThat(diagnosis.fields())
        .containsEntry("verdict", "well")
        .containsKeys("checks", "executors", "estimate");
  }

  @Test
  void withoutExecutorsNothingElseIsHeldAgainstThem() {
    patient.said.clear();
    Diagnosis diagnosis = patient.diagnosis();

    assertThat(diagnosis.checks().stream().filter(Checked::mustBeMended).map(Checked::name))
        .containsExactly("executors");
    assertThat(only("executors").what())
        .isEqualTo("No executor came within 60 seconds on spark://a:7077");
    assertThat(only("executors").remedy())
        .contains("spark.executor.memory=1g and spark.executor.cores=all that it has");
    assertThat(patient.check("library").told()).isEqualTo("not asked: no executor came");
  }

  @Test
  void executorsThatAreMissingOrSilentAreTold() {
    patient.conf.set("spark.master", "yarn").set("spark.executor.instances", "5");
    patient.conf.set("spark.executor.memoryOverhead", "2g");
    patient.silent = Set.of("b:9");

    assertThat(patient.check("executors").findings().stream().map(Finding::what))
        .containsExactly(
            "2 executors came within 60 seconds, and 5 are asked for",
            "The executors at b:9 were asked again and again and did not answer");
    patient.conf.set("spark.dynamicAllocation.enabled", "true");
    assertThat(only("executors").what()).contains("b:9");
  }

  @Test
  void onAStandaloneClusterAllCoresAndThoseOfOneSayHowManyAreAskedFor() {
    patient.conf.set("spark.cores.max", "7");
    assertThat(patient.check("executors").findings()).isEmpty();
    patient.conf.set("spark.executor.cores", "2");
    assertThat(only("executors").what())
        .isEqualTo("2 executors came within 60 seconds, and 3 are asked for");
  }

  @Test
  void unlikeVersionsOfJavaAreANote() {
    patient.executor("1").java = "21.0.1";

    assertThat(only("executors").weight()).isEqualTo(Weight.NOTE);
    assertThat(patient.check("executors").mustBeMended()).isFalse();
  }

  @Test
  void libraryThatCannotBeLoadedIsToldWithItsReason() {
    patient.executor("1").library =
        new LibraryAnswer("", "", "Xeon", List.of(), false, "Cannot load libtorch: no room; set X");

    assertThat(only("library").what())
        .isEqualTo("Executor 1 (b) cannot load the native library: Cannot load libtorch: no room");
    assertThat(only("library").remedy())
        .isEqualTo("set X; for executors --conf spark.executorEnv.DJL_CACHE_DIR=DIR");
    assertThat(patient.check("numerics").findings()).isEmpty();
  }

  @Test
  void executorsThatComputeUnlikeAreNamedAndPinnedToTheirCommonLevel() {
    patient.executor("1").library =
        new LibraryAnswer("2.7.1", "bb", "EPYC", List.of("avx2", "avx512f"), false, "");

    assertThat(only("numerics").what())
        .isEqualTo(
            "Fixed kernels come to different bits: Executor 0 (a) with Xeon [avx2], but Executor 1"
                + " (b) with EPYC");
    assertThat(only("numerics").remedy())
        .endsWith(
            "--conf spark.executorEnv.ATEN_CPU_CAPABILITY=avx2 --conf"
                + " spark.executorEnv.ONEDNN_MAX_CPU_ISA=AVX2 --conf"
                + " spark.executorEnv.MKL_CBWR=AVX2");
    patient.executor("0").library =
        new LibraryAnswer("2.7.1", "aa", "EPYC", List.of("avx2", "avx512f"), false, "");
    assertThat(only("numerics").remedy()).contains("ATEN_CPU_CAPABILITY=avx512 ");
    patient.executor("0").library = new LibraryAnswer("2.7.1", "aa", "old", List.of(), false, "");
    assertThat(only("numerics").remedy()).contains("ATEN_CPU_CAPABILITY=default ");
  }

  @Test
  void clockThatIsSurelyOffIsTold() {
    patient.clocks.put("1", -8_000L);

    assertThat(only("clocks").what())
        .isEqualTo("The clock of executor 1 (b) is at least 7.90 s behind the driver's");
    patient.clocks.put("1", 5_050L);
    assertThat(patient.check("clocks").findings()).as("it may be within 5 s").isEmpty();
    patient.clocks.put("1", 5_200L);
    assertThat(only("clocks").what()).contains("at least 5.10 s ahead of");
  }

  @Test
  void hostThatHasTooLittleMemoryIsToldWithAHeapThatFits() {
    patient.executor("1").memory =
        new MemoryAnswer(3000 * Patient.MEGABYTE, 3000 * Patient.MEGABYTE, 300 * Patient.MEGABYTE);

    // 90 of the base, 300 idle, two tasks of 200 and three vectors of 4,000,000 bytes
    long beside = 90 + 300 + 2 * 200;
    assertThat(only("memory").what())
        .startsWith("Executor 1 (b) may take up to")
        .contains("on host b");
    assertThat(only("memory").remedy())
        .isEqualTo(
            "give each less heap: --conf spark.executor.memory=%sm".formatted(3000 - beside - 23));
    patient.executor("1").memory =
        new MemoryAnswer(900 * Patient.MEGABYTE, 1000 * Patient.MEGABYTE, 300 * Patient.MEGABYTE);
    assertThat(only("memory").remedy()).startsWith("run fewer tasks");
  }

  @Test
  void driverCountsOnTheHostThatItSharesWithAnExecutor() {
    patient.executor("0").memory =
        new MemoryAnswer(1024 * Patient.MEGABYTE, 2500 * Patient.MEGABYTE, 300 * Patient.MEGABYTE);
    assertThat(patient.check("memory").findings()).hasSize(1);
    patient.conf.set("spark.driver.host", "c");
    assertThat(patient.check("memory").findings()).isEmpty();
  }

  @Test
  void overheadIsHeldToWhatIsTakenWhereItIsCounted() {
    assertThat(patient.check("overhead").told())
        .as("a standalone worker counts the heap alone")
        .startsWith("nobody counts it here; leave each executor 938 MB");
    patient.conf.set("spark.master", "yarn");
    patient.conf.set("spark.executor.instances", "2");
    assertThat(only("overhead").what())
        .isEqualTo(
            "An executor takes 852 MB beside its heap (libraries 315 MB, base 94 MB, 2 at once ×"
                + " 222 MB), and spark.executor.memoryOverhead leaves it 403 MB");
    assertThat(only("overhead").remedy())
        .isEqualTo("set --conf spark.executor.memoryOverhead=895m");
    for (String enough : List.of("895", "813m")) {
      patient.conf.set("spark.executor.memoryOverhead", enough);
      assertThat(patient.check("overhead").findings()).isEmpty();
    }
    patient.conf.set("spark.executor.memoryOverhead", "812m");
    assertThat(patient.check("overhead").findings()).hasSize(1);
  }

  @Test
  void overheadThatIsWrittenDownIsHeldToItEverywhereButWhereTheDriverComputes() {
    patient.conf.set("spark.executor.memoryOverhead", "100m");
    assertThat(only("overhead").remedy()).endsWith("or leave it out where nobody counts it");
    patient.conf.set("spark.master", "local[2]");
    assertThat(patient.check("overhead").findings()).isEmpty();
    patient.conf.set("spark.master", "local-cluster[2,1,1024]");
    assertThat(patient.check("overhead").findings()).hasSize(1);
  }

  @Test
  void overheadIsReckonedAsSparkDoes() {
    assertThat(OverheadCheck.given(patient.conf, 1024 * Patient.MEGABYTE))
        .isEqualTo(384 * Patient.MEGABYTE);
    assertThat(OverheadCheck.given(patient.conf, 10_240 * Patient.MEGABYTE))
        .isEqualTo(1024 * Patient.MEGABYTE);
    patient.conf.set("spark.kubernetes.memoryOverheadFactor", "0.4");
    assertThat(OverheadCheck.given(patient.conf, 10_240 * Patient.MEGABYTE))
        .isEqualTo(4096 * Patient.MEGABYTE);
    patient.conf.set("spark.executor.memoryOverheadFactor", "0.2");
    assertThat(OverheadCheck.given(patient.conf, 10_240 * Patient.MEGABYTE))
        .isEqualTo(2048 * Patient.MEGABYTE);
  }

  @Test
  void gradientsOfAStepMustFitIntoWhatTheDriverTakes() {
    patient.conf.set("spark.driver.maxResultSize", "10m");

    assertThat(only("results").what())
        .isEqualTo(
            "The gradients of a step, 4 groups of 1000000 numbers, are 16016384 bytes, and"
                + " spark.driver.maxResultSize allows 10485760");
    assertThat(only("results").remedy())
        .isEqualTo("set --conf spark.driver.maxResultSize=79m, or use fewer groups");
    patient.conf.set("spark.driver.maxResultSize", "0");
    assertThat(patient.check("results").findings()).as("no limit").isEmpty();
  }

  @Test
  void heapsMustHoldTheVectorsOfAStep() {
    patient.trained = 100_000_000;
    // Nine vectors of 400 MB on the driver: two moments, six of the step, one broadcast; 6 on
    // executors
    assertThat(patient.check("heaps").findings().stream().map(Finding::remedy))
        .containsExactly(
            "set --driver-memory 4578m (./rankwise takes RANKWISE_JAVA_OPTS=-Xmx4578m)",
            "set --conf spark.executor.memory=3052m");
    patient.driverHeap = 8192 * Patient.MEGABYTE;
    patient.conf.set("spark.executor.memory", "4g");
    assertThat(patient.check("heaps").findings()).isEmpty();
  }

  @Test
  void folderThatIsNotSharedIsToldForEachDirection() {
    patient.folders.add(new FolderReport("output.directory", "/shared", "", Set.of("0")));
    patient.executor("0").folders.add(new FolderAnswer("/shared", Sight.SHARED, ""));
    patient.executor("1").folders.add(new FolderAnswer("/shared", Sight.UNSEEN, ""));
    assertThat(only("folders").what())
        .isEqualTo(
            "output.directory /shared: Executor 1 (b) cannot see what the driver writes there");

    patient.executor("1").folders.set(0, new FolderAnswer("/shared", Sight.READ_ONLY, "denied"));
    assertThat(only("folders").what())
        .isEqualTo("output.directory /shared: Executor 1 (b) cannot write there (denied)");

    patient.executor("1").folders.set(0, new FolderAnswer("/shared", Sight.SHARED, ""));
    assertThat(only("folders").what())
        .isEqualTo(
            "output.directory /shared: the driver cannot see the files that executor 1 (b) wrote"
                + " there");
  }

  @Test
  void folderThatTheDriverCannotWriteIsTold() {
    patient.folders.add(
        new FolderReport("--shared", "/x", "The driver cannot write there: no", Set.of()));

    assertThat(only("folders").what())
        .isEqualTo("--shared /x cannot be tried: The driver cannot write there: no");
  }

  @Test
  void filesThatExecutorsDoNotFindAreToldOnce() {
    patient.files = 3;
    for (String name : List.of("a", "b", "c")) {
      patient.executor("0").files.add(new FileAnswer("file:/rows/" + name, "is not there"));
      patient.executor("1").files.add(new FileAnswer("file:/rows/" + name, "is not there"));
    }

    assertThat(only("files").what())
        .isEqualTo(
            "Executors 0, 1 (a, b) cannot find file:/rows/a as the driver does: it is not there;"
                + " so it is with 2 files more");
  }

  @Test
  void rowsThatTheDriverDoesNotFindAreTold() {
    patient.failures.add("Cannot read \"rows.csv\": no such file; check the path");

    assertThat(only("files").what())
        .isEqualTo("On the driver: Cannot read \"rows.csv\": no such file");
    assertThat(only("files").remedy()).isEqualTo("check the path");
  }

  @Test
  void baseMustBeTheDriversOnEach() {
    patient.executor("0").base = new BaseAnswer("", "Base folder /b has no file config.json");
    patient.executor("1").base = new BaseAnswer("dd", "");

    assertThat(patient.check("base").findings().stream().map(Finding::what))
        .containsExactly(
            "Executor 0 (a) cannot find the base: Base folder /b has no file config.json",
            "Executor 1 (b) would use another base than the driver: its configuration differs");
    patient.recipe = false;
    assertThat(patient.check("base").findings()).isEmpty();
  }

  @Test
  void folderForBasesMustBeThereAndHaveRoom() {
    patient.executor("0").cache =
        new CacheAnswer("", 0, "Cache folder /c cannot be written; name one");
    patient.executor("1").cache = new CacheAnswer("/c", 10, "");

    assertThat(patient.check("cache").findings().stream().map(Finding::weight))
        .containsExactly(Weight.MEND, Weight.NOTE);
    assertThat(patient.check("cache").findings().get(0).remedy()).isEqualTo("name one");
  }

  @Test
  void gpusThatAreAskedForAreTakenFromOthersForNothing() {
    patient.conf.set("spark.executor.resource.gpu.amount", "1");
    patient.executor("0").devices = new DeviceAnswer(List.of("0"), List.of("/dev/nvidia0"));

    List<Finding> findings = patient.check("devices").findings();
    assertThat(findings.stream().map(Finding::weight)).containsExactly(Weight.MEND, Weight.NOTE);
    assertThat(findings.get(0).what()).contains("spark.executor.resource.gpu.amount=1");
    assertThat(findings.get(1).remedy()).contains("PYTORCH_FLAVOR=cu128");
    assertThat(patient.check("devices").told())
        .isEqualTo("processors alone; 1 GPU granted; seen by 1 executor; libtorch without CUDA");
    patient.executor("0").library = new LibraryAnswer("2.7.1", "aa", "Xeon", List.of(), true, "");
    assertThat(patient.check("devices").findings().get(1).remedy()).doesNotContain("cu128");
  }

  @Test
  void environmentThatLacksAVariableIsANoteWithTheLineToUse() {
    patient.executor("1").unset = List.of("MALLOC_ARENA_MAX");

    assertThat(only("variables").weight()).isEqualTo(Weight.NOTE);
    assertThat(only("variables").remedy())
        .isEqualTo("set --conf spark.executorEnv.MALLOC_ARENA_MAX=2");
    patient.conf.set("spark.master", "local[2]");
    assertThat(only("variables").remedy()).startsWith("export MALLOC_ARENA_MAX=2 before");
  }

  @Test
  void everyFindingIsAmongTheFieldsForScripts() {
    patient.conf.set("spark.driver.maxResultSize", "10m");
    Map<String, Object> fields = patient.diagnosis().fields();

    assertThat(fields).containsEntry("verdict", "mend");
    assertThat(fields.get("checks").toString())
        .contains("check=results, verdict=mend", "weight=mend, what=The gradients of a step");
  }

  private void share(String... executors) {
    patient.folders.add(new FolderReport("output.directory", "/shared", "", Set.of(executors)));
    for (String executor : executors) {
      patient.executor(executor).folders.add(new FolderAnswer("/shared", Sight.SHARED, ""));
    }
  }

  /** The one finding of a check. */
  private Finding only(String check) {
    assertThat(patient.check(check).findings()).hasSize(1);
    return patient.check(check).findings().get(0);
  }
}
