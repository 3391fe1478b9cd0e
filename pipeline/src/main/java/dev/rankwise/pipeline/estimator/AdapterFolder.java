package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Function;
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
    return locally(folder -> PeftDirectory.read(folder, base, baseSha256));
  }

  /**
   * How the adapter wants its pictures.
   *
   * @param images what it reads
   */
  PicturePreparation pictures(ImageShape images) {
    return locally(folder -> ProcessorConfig.read(folder, images));
  }

  /** How the base was held while the adapter was trained, as far as the adapter says. */
  BaseHolding held() {
    return locally(PeftDirectory::origin).map(AdapterOrigin::held).orElseGet(BaseHolding::usual);
  }

  private <T> T locally(Function<java.nio.file.Path, T> reader) {
    try {
      Path path = new Path(directory);
      FileSystem system = path.getFileSystem(configuration);
      if (!system.exists(new Path(path, PeftConfig.FILE))) {
        throw new FileNotFoundException("it holds no " + PeftConfig.FILE);
      }
      if (system instanceof LocalFileSystem local) {
        return reader.apply(local.pathToFile(path).toPath());
      }
      java.nio.file.Path copy = Files.createTempDirectory("rankwise-adapter-");
      try {
        Path target = new Path(copy.resolve(path.getName()).toUri());
        system.copyToLocalFile(false, path, target, true);
        return reader.apply(copy.resolve(path.getName()));
      } finally {
        FileUtil.fullyDelete(copy.toFile());
      }
    } catch (IOException | IllegalArgumentException e) {
      throw failed("read", "name a PEFT directory, such as \"adapter\" in a run folder", e);
    }
  }

  /**
   * Writes the adapter into a folder that must not exist yet.
   *
   * @param pictures how it wants its pictures; at most one
   */
  void write(Adapter adapter, AdapterCard card, List<PicturePreparation> pictures) {
    try {
      Path path = new Path(directory);
      java.nio.file.Path local = Files.createTempDirectory("rankwise-adapter-");
      try {
        java.nio.file.Path made = local.resolve(path.getName());
        PeftDirectory.create(made, adapter, card);
        for (PicturePreparation preparation : pictures) {
          AtomicFile.write(made.resolve(ProcessorConfig.FILE), ProcessorConfig.print(preparation));
        }
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
