using ActorRuntime.Cluster.ControlLog;
using ActorRuntime.Node.Management;

namespace ActorRuntime.Node.Commands;

/// <summary>What became of something that a command proposed, for people.</summary>
internal static class CommandOutcome
{
    /// <param name="done">What is so once it is committed.</param>
    /// <exception cref="CommandRefusedException">It is not in the log, or nobody knows.</exception>
    public static string Describe(ProposalOutcome outcome, string done) => outcome switch
    {
        { IsAccepted: true } => $"{done} (version {outcome.Version})",
        { Result: ProposalResult.NotNeeded } => $"nothing to do: {done} already, or it cannot be done now",
        { Result: ProposalResult.Unknown } =>
            throw new CommandRefusedException("unknown-outcome", outcome.Detail, "log show tells what became of it; repeating does no harm"),
        _ => throw new CommandRefusedException(
            "refused", outcome.Rejections.IsEmpty ? outcome.Detail : string.Join("; ", outcome.Rejections), "why shows the newest decisions"),
    };
}
