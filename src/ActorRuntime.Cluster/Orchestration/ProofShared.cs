using ActorRuntime.Remote;
using ActorRuntime.Serialization;

namespace ActorRuntime.Cluster.Orchestration;

/// <summary>Between orchestrator actors: a process is known to have ended, told by a node of its host. The view checks that the prover shares its
/// kernel.</summary>
[WireType("loss-proof-shared")]
internal sealed record ProofShared(LossProof Proof) : IControlMessage;
