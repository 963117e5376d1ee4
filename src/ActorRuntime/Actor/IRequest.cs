namespace ActorRuntime.Actor;

/// <summary>A message that names the type of its answer, so that asks infer it.</summary>
/// <typeparam name="TReply">Type of the answer.</typeparam>
public interface IRequest<out TReply>;
