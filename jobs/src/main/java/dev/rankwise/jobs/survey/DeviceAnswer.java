package dev.rankwise.jobs.survey;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * What an executor says of GPUs.
 *
 * @param granted addresses of those that Spark gave its task
 * @param present files of the devices that NVIDIA's driver shows on the host, or in the container
 */
public record DeviceAnswer(List<String> granted, List<String> present) implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Path DEVICES = Path.of("/dev");
  private static final String OF_ONE_GPU = "nvidia[0-9]*";
  private static final String GPU = "gpu";

  public DeviceAnswer {
    granted = List.copyOf(granted);
    present = List.copyOf(present);
  }

  static DeviceAnswer ofThisTask() {
    return new DeviceAnswer(ofTask(), present(DEVICES));
  }

  private static List<String> ofTask() {
    Map<String, ResourceInformation> resources = TaskContext.get().resourcesJMap();
    ResourceInformation gpus = resources.get(GPU);
    return gpus == null ? List.of() : List.of(gpus.addresses());
  }

  /** The files of GPUs in a folder of devices, by name. */
  static List<String> present(Path devices) {
    List<String> present = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(devices, OF_ONE_GPU)) {
      files.forEach(file -> present.add(file.toString()));
    } catch (IOException e) {
      // A host whose devices cannot be listed shows none, and none is used.
      return List.of();
    }
    present.sort(null);
    return List.copyOf(present);
  }
}
