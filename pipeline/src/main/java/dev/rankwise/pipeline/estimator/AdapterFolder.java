package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A PEFT directory on any file system that Hadoop knows. PEFT directories are read and written on
 * the local disk, so what lies elsewhere goes through a temporary folder.
 *
 * @param directory address of the folder
 * @param configuration where file systems are configured
 */
record AdapterFolder(String directory, Configuration configuration) {

  /**
   * Reads the adapter.
   *
   * @param base the base's configuration
   * @param baseSha256 hash of the base's files
   */
  Adapter read(ModelConfig base, String baseSha256) {
    try {
      Path path = new Path(directory);
      FileSystem system = path.getFileSystem(configuration);
      if (!system.exists(new Path(path, PeftConfig.FILE))) {
        throw new FileNotFoundException("it holds no " + PeftConfig.FILE);
      }
      if (system instanceof LocalFileSystem local) {
        return PeftDirectory.read(local.pathToFile(path).toPath(), base, baseSha256);
      }
      java.nio.file.Path copy = Files.createTempDirectory("rankwise-adapter-");
      try {
        Path target = new Path(copy.resolve(path.getName()).toUri());
        system.copyToLocalFile(false, path, target, true);
        return PeftDirectory.read(copy.resolve(path.getName()), base, baseSha256);
      } finally {
        FileUtil.fullyDelete(copy.toFile());
      }
    } catch (IOException | IllegalArgumentException e) {
      throw failed("read", "name a PEFT directory, such as \"adapter\" in a run folder", e);
    }
  }

  /** Writes the adapter into a folder that must not exist yet. */
  void write(Adapter adapter, AdapterCard card) {
    try {
      Path path = new Path(directory);
      java.nio.file.Path local = Files.createTempDirectory("rankwise-adapter-");
      try {
        PeftDirectory.create(local.resolve(path.getName()), adapter, card);
        path.getFileSystem(configuration)
            .copyFromLocalFile(new Path(local.resolve(path.getName()).toUri()), path);
      } finally {
        FileUtil.fullyDelete(local.toFile());
      }
    } catch (IOException | IllegalArgumentException e) {
      throw failed("write", "name a folder that the driver may write", e);
    }
  }

  private UserInputException failed(String verb, String remedy, Exception cause) {
    return new UserInputException(
        "Cannot %s an adapter at \"%s\": %s; %s"
            .formatted(verb, directory, cause.getMessage(), remedy),
        cause);
  }
}
