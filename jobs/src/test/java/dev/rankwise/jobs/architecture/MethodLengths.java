package dev.rankwise.jobs.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How many lines each method of some Java files takes, by the compiler's own parser. */
final class MethodLengths {

  /** One method or constructor: from its first modifier or annotation to its closing brace. */
  record Method(String file, String type, String name, int lines) {}

  private MethodLengths() {}

  static List<Method> of(List<Path> javaFiles) {
    List<Method> methods = new ArrayList<>();
    ParsedSources.each(
        javaFiles, (unit, positions) -> new Scanner(unit, positions, methods).scan(unit, null));
    return methods;
  }

  private static final class Scanner extends TreePathScanner<Void, Void> {

    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<Method> methods;

    Scanner(CompilationUnitTree unit, SourcePositions positions, List<Method> methods) {
      this.unit = unit;
      this.positions = positions;
      this.methods = methods;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      LineMap lines = unit.getLineMap();
      long first = lines.getLineNumber(positions.getStartPosition(unit, method));
      long last = lines.getLineNumber(positions.getEndPosition(unit, method));
      String type =
          getCurrentPath().getParentPath().getLeaf() instanceof ClassTree owner
              ? owner.getSimpleName().toString()
              : "";
      methods.add(
          new Method(
              unit.getSourceFile().getName(),
              type,
              method.getName().toString(),
              Math.toIntExact(last - first + 1)));
      return super.visitMethod(method, null);
    }
  }
}
