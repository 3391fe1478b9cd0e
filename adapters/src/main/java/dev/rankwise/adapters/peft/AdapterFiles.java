package dev.rankwise.adapters.peft;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.text.PrintableText;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors of an adapter's files, of which no two have one name. */
final class AdapterFiles implements AutoCloseable {
  private final List<SafetensorsFile> files;
  private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();

  private AdapterFiles(List<SafetensorsFile> files) {
    this.files = files;
    for (SafetensorsFile file : files) {
      for (TensorSpec tensor : file.tensors().values()) {
        if (tensors.put(tensor.name(), tensor) != null) {
          throw new CorruptFileException(
              "Adapter file %s cannot be used: tensor %s lies in another file too; use a sound copy"
                  .formatted(file.path(), PrintableText.of(tensor.name())));
        }
        fileOf.put(tensor.name(), file);
      }
    }
  }

  static AdapterFiles open(List<Path> paths) {
    List<SafetensorsFile> opened = new ArrayList<>();
    try {
      for (Path path : paths) {
        opened.add(SafetensorsFile.open(path));
      }
      return new AdapterFiles(opened);
    } catch (RuntimeException e) {
      opened.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  /** Where the adapter comes from, as the first file says; empty if another library wrote it. */
  Optional<AdapterOrigin> origin() {
    return AdapterOrigin.of(files.get(0).metadata());
  }

  Map<String, TensorSpec> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  float[] floats(String name) {
    return fileOf.get(name).floats(name);
  }

  ByteBuffer bytes(String name) {
    return fileOf.get(name).bytes(name);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
