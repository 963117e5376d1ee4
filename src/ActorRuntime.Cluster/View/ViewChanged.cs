namespace ActorRuntime.Cluster.View;

/// <summary>Published on the event stream after this node applied newer entries. <c>Cluster.View</c> is the new view already when subscribers
/// handle it, or a still newer one.</summary>
public sealed record ViewChanged(ClusterView Old, ClusterView New);
