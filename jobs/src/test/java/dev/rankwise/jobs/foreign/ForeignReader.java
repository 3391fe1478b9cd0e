package dev.rankwise.jobs.foreign;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A process that reads one malformed file after the other and prints a line for each: what hits it
 * ends it alone. It ends itself where a file takes longer than it may.
 */
final class ForeignReader {
  /** How long a file may take. */
  static final long MOST_MILLIS = 10_000;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path STATUS = Path.of("/proc/self/status");

  private static volatile long begun = Long.MAX_VALUE;

  private ForeignReader() {}

  /**
   * What became of a file.
   *
   * @param name kind and rule
   * @param bytes what the file has, with all that lies beside it
   * @param failure class of the failure, empty if the file was read
   * @param exitCode the code that a command ends with then; -1 if the failure is none of ours
   * @param message what the user is told
   * @param heapBytes what was allocated on the heap in all
   * @param residentBytes by how much the process's memory grew at most
   * @param changed files that were written meanwhile
   */
  record Outcome(
      String name,
      long bytes,
      String failure,
      int exitCode,
      String message,
      long heapBytes,
      long residentBytes,
      List<String> changed) {}

  /** All cases, in their order. */
  static List<ForeignFile> cases() {
    List<ForeignFile> all = new ArrayList<>(MalformedSafetensors.cases());
    all.addAll(MalformedConfigs.cases());
    all.addAll(MalformedTokenizers.cases());
    all.addAll(MalformedAdapters.cases());
    all.addAll(MalformedPictures.cases());
    return all;
  }

  /**
   * Reads them.
   *
   * @param arguments an empty folder, and the number of the first file to read
   */
  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments[0]);
    warmUp(Files.createDirectory(root.resolve("sound")));
    Thread watch = new Thread(ForeignReader::endIfLate);
    watch.setDaemon(true);
    watch.start();
    List<ForeignFile> cases = cases();
    for (int i = Integer.parseInt(arguments[1]); i < cases.size(); i++) {
      System.out.println("reading " + cases.get(i).name());
      System.out.println("outcome " + JSON.writeValueAsString(outcome(cases.get(i), root)));
    }
  }

  private static Outcome outcome(ForeignFile file, Path root) throws IOException {
    Path folder = Files.createDirectory(root.resolve("case"));
    file.maker().make(folder);
    List<String> before = listing(root);
    long bytes = size(folder);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    System.gc();
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    long resident = status("VmRSS");
    long heap = threads.getThreadAllocatedBytes(thread);
    Throwable failure = null;
    begun = System.nanoTime();
    try {
      file.kind().read(folder);
    } catch (Throwable e) {
      // Errors of the virtual machine are what is looked for.
      failure = e;
    }
    begun = Long.MAX_VALUE;
    heap = threads.getThreadAllocatedBytes(thread) - heap;
    resident = status("VmHWM") - resident;
    List<String> changed = new ArrayList<>(listing(root));
    changed.removeAll(before);
    delete(folder);
    return new Outcome(
        file.name(),
        bytes,
        failure == null ? "" : failure.getClass().getSimpleName(),
        failure instanceof RankwiseException known ? known.code().exitCode() : -1,
        failure == null ? "" : String.valueOf(failure.getMessage()),
        heap,
        resident,
        changed);
  }

  /** Loads classes and libraries, which count for no file. */
  private static void warmUp(Path folder) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), MalformedTokenizers.words().toString());
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"chat_template\":\"{{ messages }}\"}");
    SafetensorsWriter.write(
        folder.resolve("x.safetensors"),
        Map.of(),
        List.of(StoredTensor.ofFloats("a", List.of(1L), new float[1])));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(ForeignFile.golden("models/bert/" + name), folder.resolve(name));
    }
    Files.writeString(folder.resolve("preprocessor_config.json"), "{}");
    for (byte[] picture :
        List.of(
            MalformedPictures.soundWebp(),
            MalformedPictures.sound("jpeg"),
            MalformedPictures.sound("png"))) {
      Files.write(folder.resolve(ForeignFile.Kind.PICTURE_FILE), picture);
      ForeignFile.Kind.PICTURE.read(folder);
    }
    for (ForeignFile.Kind kind : ForeignFile.Kind.values()) {
      Path own = Files.createDirectory(folder.resolve(kind.name()));
      if (kind == ForeignFile.Kind.ADAPTER) {
        MalformedAdapters.sound(own);
        kind.read(own);
      } else {
        kind.read(folder);
      }
    }
  }

  private static void endIfLate() {
    while (true) {
      if (System.nanoTime() - begun > MOST_MILLIS * 1_000_000) {
        System.out.println("late");
        Runtime.getRuntime().halt(1);
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static List<String> listing(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      List<String> listing = new ArrayList<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        listing.add("%s %s %s".formatted(file, Files.size(file), Files.getLastModifiedTime(file)));
      }
      return listing;
    }
  }

  private static long size(Path folder) throws IOException {
    long size = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        size += Files.size(file);
      }
    }
    return size;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** A number of the kernel's table of this process, in bytes. */
  private static long status(String name) throws IOException {
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(it -> it.startsWith(name + ":"))
            .findFirst()
            .orElseThrow();
    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
  }
}
