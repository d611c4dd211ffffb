import type { Procedure } from '../procedure.ts'
import { approvalApprove } from './approval/approve.ts'
import { approvalDeny } from './approval/deny.ts'
import { approvalList } from './approval/list.ts'
import { approvalState } from './approval/state.ts'
import { auditList } from './audit/list.ts'
import { authenticatorEnrolBegin } from './authenticator/enrol-begin.ts'
import { authenticatorEnrolComplete } from './authenticator/enrol-complete.ts'
import { authenticatorList } from './authenticator/list.ts'
import { authenticatorRevoke } from './authenticator/revoke.ts'
import { authzAdd } from './authz/add.ts'
import { authzCheck } from './authz/check.ts'
import { authzExplain } from './authz/explain.ts'
import { authzList } from './authz/list.ts'
import { authzRemove } from './authz/remove.ts'
import { capabilityAnnounce } from './capability/announce.ts'
import { capabilitySet } from './capability/set.ts'
import { classCreate } from './class/create.ts'
import { classList } from './class/list.ts'
import { clientCreate } from './client/create.ts'
import { clientList } from './client/list.ts'
import { clientRemove } from './client/remove.ts'
import { consentAuthorize } from './consent/authorize.ts'
import { consentList } from './consent/list.ts'
import { consentRedeem } from './consent/redeem.ts'
import { delegationList } from './delegation/list.ts'
import { delegationRevoke } from './delegation/revoke.ts'
import { deviceAddChild } from './device/add-child.ts'
import { deviceAdmit } from './device/admit.ts'
import { deviceClaimCode } from './device/claim-code.ts'
import { deviceClaim } from './device/claim.ts'
import { deviceDelegate } from './device/delegate.ts'
import { deviceEnrol } from './device/enrol.ts'
import { deviceList } from './device/list.ts'
import { deviceQuarantine } from './device/quarantine.ts'
import { deviceRelease } from './device/release.ts'
import { deviceTrust } from './device/trust.ts'
import { discoveryList } from './discovery/list.ts'
import { ecosystemCreate } from './ecosystem/create.ts'
import { ecosystemDelete } from './ecosystem/delete.ts'
import { ecosystemList } from './ecosystem/list.ts'
import { ecosystemSet } from './ecosystem/set.ts'
import { ecosystemShow } from './ecosystem/show.ts'
import { ecosystemSpan } from './ecosystem/span.ts'
import { ecosystemUnspan } from './ecosystem/unspan.ts'
import { emergencyCreate } from './emergency/create.ts'
import { emergencyList } from './emergency/list.ts'
import { emergencyRevoke } from './emergency/revoke.ts'
import { grantCreate } from './grant/create.ts'
import { grantList } from './grant/list.ts'
import { grantRevoke } from './grant/revoke.ts'
import { identityDisable } from './identity/disable.ts'
import { identityEnable } from './identity/enable.ts'
import { groupAdd } from './group/add.ts'
import { groupCreate } from './group/create.ts'
import { groupDelete } from './group/delete.ts'
import { groupList } from './group/list.ts'
import { groupRemove } from './group/remove.ts'
import { ecosystemTrustIdp } from './ecosystem/trust-idp.ts'
import { identityLinkComplete } from './identity/link-complete.ts'
import { identityLinkStart } from './identity/link-start.ts'
import { identityList } from './identity/list.ts'
import { identityUnlink } from './identity/unlink.ts'
import { idpAdd } from './idp/add.ts'
import { idpDisable } from './idp/disable.ts'
import { idpEnable } from './idp/enable.ts'
import { localCreate } from './local/create.ts'
import { localList } from './local/list.ts'
import { localRevoke } from './local/revoke.ts'
import { localVerify } from './local/verify.ts'
import { panicLift } from './panic/lift.ts'
import { panicReview } from './panic/review.ts'
import { personPanic } from './person/panic.ts'
import { idpList } from './idp/list.ts'
import { inviteCreate } from './invite/create.ts'
import { inviteList } from './invite/list.ts'
import { inviteRedeem } from './invite/redeem.ts'
import { inviteRevoke } from './invite/revoke.ts'
import { personCreate } from './person/create.ts'
import { personDisable } from './person/disable.ts'
import { personEnable } from './person/enable.ts'
import { personList } from './person/list.ts'
import { personResolve } from './person/resolve.ts'
import { policyList } from './policy/list.ts'
import { policyRemove } from './policy/remove.ts'
import { policySet } from './policy/set.ts'
import { presenceVerify } from './presence/verify.ts'
import { presenceEnter } from './presence/enter.ts'
import { provisioningTokenCreate } from './provisioning/create.ts'
import { sessionKill } from './session/kill.ts'
import { sessionList } from './session/list.ts'
import { sessionRefresh } from './session/refresh.ts'
import { stepupBegin } from './stepup/begin.ts'
import { stepupComplete } from './stepup/complete.ts'
import { shadowGet } from './shadow/get.ts'
import { shadowReport } from './shadow/report.ts'
import { shadowSet } from './shadow/set.ts'
import { shareCreate } from './share/create.ts'
import { shareList } from './share/list.ts'
import { shareRevoke } from './share/revoke.ts'
import { statusGet } from './status/get.ts'
import { unlockApprove } from './unlock/approve.ts'
import { unlockDeny } from './unlock/deny.ts'
import { unlockList } from './unlock/list.ts'
import { unlockRequest } from './unlock/request.ts'

/** Every procedure of Latchkey's own. What is not in here does not exist. */
export const catalogue: readonly Procedure[] = [
  ecosystemCreate,
  ecosystemList,
  ecosystemShow,
  ecosystemSet,
  ecosystemDelete,
  ecosystemSpan,
  ecosystemUnspan,
  groupCreate,
  groupList,
  groupAdd,
  groupRemove,
  groupDelete,
  policySet,
  policyList,
  policyRemove,
  inviteCreate,
  inviteRedeem,
  inviteList,
  inviteRevoke,
  clientCreate,
  clientList,
  clientRemove,
  idpAdd,
  idpList,
  idpDisable,
  idpEnable,
  ecosystemTrustIdp,
  identityList,
  identityLinkStart,
  identityLinkComplete,
  identityUnlink,
  localCreate,
  localList,
  localRevoke,
  localVerify,
  personPanic,
  panicReview,
  panicLift,
  identityDisable,
  identityEnable,
  deviceList,
  deviceEnrol,
  deviceTrust,
  deviceQuarantine,
  deviceRelease,
  deviceAdmit,
  deviceClaim,
  deviceClaimCode,
  deviceAddChild,
  deviceDelegate,
  delegationList,
  delegationRevoke,
  shadowGet,
  shadowSet,
  shadowReport,
  presenceEnter,
  approvalList,
  approvalApprove,
  approvalDeny,
  approvalState,
  emergencyCreate,
  emergencyList,
  emergencyRevoke,
  unlockRequest,
  unlockList,
  unlockApprove,
  unlockDeny,
  shareCreate,
  shareList,
  shareRevoke,
  capabilityAnnounce,
  capabilitySet,
  classCreate,
  classList,
  discoveryList,
  provisioningTokenCreate,
  grantCreate,
  grantList,
  grantRevoke,
  personCreate,
  personList,
  personResolve,
  personDisable,
  personEnable,
  sessionList,
  sessionKill,
  sessionRefresh,
  stepupBegin,
  stepupComplete,
  authenticatorEnrolBegin,
  authenticatorEnrolComplete,
  authenticatorList,
  authenticatorRevoke,
  presenceVerify,
  consentAuthorize,
  consentRedeem,
  consentList,
  authzCheck,
  authzExplain,
  authzAdd,
  authzList,
  authzRemove,
  auditList,
  statusGet,
]
