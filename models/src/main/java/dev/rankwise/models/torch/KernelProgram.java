package dev.rankwise.models.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A set of kernels, compiled once from text and called by name from any thread.
 *
 * <p>Only texts packaged with Rankwise are ever compiled; no path or text of a user reaches the
 * loader.
 */
public final class KernelProgram implements AutoCloseable {
  private final TensorScope owner;
  private final PtSymbolBlock block;
  private final String sha256;

  private KernelProgram(TensorScope owner, PtSymbolBlock block, String sha256) {
    this.owner = owner;
    this.block = block;
    this.sha256 = sha256;
  }

  /**
   * Compiles method texts.
   *
   * @param methods the texts of all methods, each {@code def name(self: __torch__.Kernels, ...)}
   * @throws InternalException with libtorch's message (line and reason) if a text is wrong
   */
  public static KernelProgram compile(String methods) {
    byte[] archive = KernelArchive.of(KernelText.complete(methods));
    TensorScope owner = TorchRuntime.scope();
    try {
      PtSymbolBlock block =
          JniUtils.loadModule(
              (PtNDManager) owner.manager(), new ByteArrayInputStream(archive), false, false);
      return new KernelProgram(
          owner, block, Sha256.ofBytes(methods.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException | RuntimeException e) {
      owner.close();
      throw new InternalException("Cannot compile a kernel text: " + e.getMessage(), e);
    }
  }

  /** SHA-256 of the program's text: part of a run's fingerprint. */
  public String sha256() {
    return sha256;
  }

  /**
   * Calls a method that returns one tensor. The result lives in the scope of {@code first}.
   *
   * <p>The calling thread must have been prepared by {@link TorchRuntime#prepareThread}.
   *
   * @param method name of the method
   * @param first its first argument; its scope owns the result
   * @param others further arguments: tensors, or lists of tensors made by {@link #list}
   */
  public NDArray call(String method, NDArray first, NDArray... others) {
    return call(method, new NDList(first), List.of(new NDList(others)));
  }

  /**
   * Calls a method that returns one tensor.
   *
   * @param method name of the method
   * @param head its first arguments, if any; the scope of the very first argument owns the result
   * @param lists the arguments that follow, in order
   */
  public NDArray call(String method, NDList head, List<NDList> lists) {
    return callForSeveral(method, head, lists).singletonOrThrow();
  }

  /**
   * Calls a method that returns a list of tensors.
   *
   * @param method name of the method
   * @param head its first arguments; the scope of the first owns the results
   * @param lists the arguments that follow, in order
   */
  public NDList callForSeveral(String method, NDList head, List<NDList> lists) {
    NDList arguments = new NDList(head.size() + 8);
    arguments.addAll(head);
    lists.forEach(arguments::addAll);
    NDArray name = arguments.get(0).getManager().zeros(new Shape(1));
    name.setName("module_method:" + method);
    arguments.add(name);
    NDList results = IValueUtils.forward(block, arguments, true);
    name.close();
    return results;
  }

  /**
   * Marks tensors as one list argument. A tensor belongs to one list for its whole life, since the
   * mark is the tensor's name.
   *
   * @param name any word; two lists of one call need two words
   */
  public static NDList list(String name, List<NDArray> tensors) {
    NDList list = new NDList(tensors.size());
    for (NDArray tensor : tensors) {
      tensor.setName(name + "[]");
      list.add(tensor);
    }
    return list;
  }

  /** Runs the backward pass from {@code value}, a tensor without dimensions, into all leaves. */
  public static void backward(NDArray value) {
    NDArray seed = value.getManager().ones(new Shape());
    JniUtils.backward((PtNDArray) value, (PtNDArray) seed, false, false);
    seed.close();
  }

  /** Runs the backward pass from {@code value}, whose own gradient is {@code gradient}. */
  public static void backward(NDArray value, NDArray gradient) {
    JniUtils.backward((PtNDArray) value, (PtNDArray) gradient, false, false);
  }

  /** The gradient that a leaf has collected, in the leaf's scope. */
  public static NDArray gradient(NDArray leaf) {
    return JniUtils.getGradient((PtNDArray) leaf);
  }

  @Override
  public void close() {
    block.close();
    owner.close();
  }
}
