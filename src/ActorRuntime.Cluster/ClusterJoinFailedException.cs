namespace ActorRuntime.Cluster;

/// <summary>This node could not become a member: the message says why, who is in the way, and what to do.</summary>
public sealed class ClusterJoinFailedException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Published on the event stream when this incarnation was declared lost while its process lives (it was frozen, or cut off): its mute
/// switch is closed for good and its actor system terminates with <c>ClusterDowningReason</c>. A new system joins as a new
/// incarnation.</summary>
/// <param name="Node">This incarnation.</param>
/// <param name="Evidence">Why it was declared lost.</param>
public sealed record ThisNodeWasDeclaredLost(View.NodeKey Node, View.LossEvidence Evidence);
